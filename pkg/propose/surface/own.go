package surface

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// The bounds of what is read of a project.
const (
	maxSources = 20_000
	maxBytes   = 200 << 20
)

// sources are the files of one project in the languages of one ecosystem.
type sources struct {
	repo      fettle.Repo
	project   fettle.Project
	ecosystem string
	files     []source
	texts     map[string][]byte // manifests, by path
	unread    []fettle.Gap
	dynamic   []fettle.Gap // places that may use anything
	goProgram *goProgram
}

// source is one file. Text is kept of those files only that import something.
type source struct {
	syntax.File
	text []byte
}

var languages = map[string][]syntax.Language{
	"npm": {syntax.JavaScript, syntax.TypeScript, syntax.TSX}, "PyPI": {syntax.Python}, "Maven": {syntax.Java}, "Go": {syntax.Go},
}

// installed are folders that hold other people's code.
var installed = []string{"node_modules", "bower_components", "vendor", "site-packages", ".git", ".venv", "venv", ".tox", ".nox", "__pycache__", "target", ".gradle"}

// locks mark a folder below a project's as a project of its own.
var locks = map[string][]string{
	"npm": {"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"}, "PyPI": {"poetry.lock", "uv.lock", "Pipfile.lock", "pdm.lock"},
	"Maven": {"gradlew", "mvnw"}, "Go": {"go.mod"},
}

// manifests are what else is read: they run or set something.
var manifests = []string{"package.json", "pom.xml", "build.gradle", "build.gradle.kts", "go.mod", "pyproject.toml", "setup.cfg", "setup.py"}

// read returns the sources of project, parsed once.
func (c *Checker) read(ctx context.Context, repo fettle.Repo, project fettle.Project, ecosystem string) (*sources, error) {
	key := repo.Dir + "\x00" + project.Dir + "\x00" + ecosystem
	if s := c.sources[key]; s != nil {
		s.project = project
		return s, nil
	}
	s := &sources{repo: repo, project: project, ecosystem: ecosystem, texts: map[string][]byte{}}
	root, err := os.OpenRoot(repo.Dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	dir := project.Dir
	if err := s.walk(ctx, root, dir); err != nil {
		return nil, err
	}
	if len(s.files) == 0 && dir != "" && ecosystem == "PyPI" { // requirements/base.txt speaks for what is beside its folder
		if err := s.walk(ctx, root, strings.TrimPrefix(path.Dir("/"+dir), "/")); err != nil {
			return nil, err
		}
	}
	if c.sources == nil {
		c.sources = map[string]*sources{}
	}
	c.sources[key] = s
	return s, nil
}

// walk reads the sources below dir.
func (s *sources) walk(ctx context.Context, root *os.Root, dir string) error {
	skip := map[string]bool{}
	for _, p := range s.repo.Skip {
		skip[strings.TrimSuffix(p, "/")] = true
	}
	bytes := 0
	top := path.Clean("./" + dir)
	return fs.WalkDir(root.FS(), top, func(file string, e fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case err != nil && file == top:
			return err
		case err != nil:
			s.missed(file, "cannot be read")
			return nil
		case skip[file]:
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			if file != top && (slices.Contains(installed, e.Name()) || s.apart(root, file, e.Name())) {
				return fs.SkipDir
			}
			return nil
		case !e.Type().IsRegular():
			return nil
		}
		return s.meet(ctx, root, file, &bytes)
	})
}

// apart reports whether a folder is none of the project's.
func (s *sources) apart(root *os.Root, dir, name string) bool {
	if s.ecosystem == "Go" && (strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") || name == "testdata") {
		return true
	}
	return slices.ContainsFunc(locks[s.ecosystem], func(lock string) bool {
		info, err := root.Lstat(filepath.Join(filepath.FromSlash(dir), lock))
		return err == nil && info.Mode().IsRegular()
	})
}

func (s *sources) meet(ctx context.Context, root *os.Root, file string, bytes *int) error {
	language, ok := syntax.LanguageOf(file)
	ok = ok && slices.Contains(languages[s.ecosystem], language)
	manifest := slices.Contains(manifests, path.Base(file))
	if !ok && !manifest {
		return nil
	}
	if len(s.files) >= maxSources || *bytes > maxBytes {
		s.missed(place(s.project.Dir), fmt.Sprintf("more than %d source files, or more than %d MiB of them; the rest was not searched for uses", maxSources, maxBytes>>20))
		return fs.SkipAll
	}
	text, err := readFile(root, file, syntax.MaxSource)
	if err != nil {
		s.missed(file, err.Error())
		return nil
	}
	if manifest {
		s.texts[file] = text
	}
	if !ok {
		return nil
	}
	*bytes += len(text)
	if language == syntax.Go {
		s.files = append(s.files, source{File: syntax.File{Path: file, Language: language}, text: text})
		return nil
	}
	f, err := syntax.Read(ctx, file, text)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		s.missed(file, err.Error())
		return nil
	}
	if f.Broken > 0 {
		s.unread = append(s.unread, fettle.Gap{Stage: "propose", Subject: file, Reason: "does not parse from here on, so uses in it may be missed", Location: &fettle.Location{Path: file, Line: f.Broken}})
	}
	src := source{File: f}
	if len(f.Imports) > 0 || language == syntax.Java {
		src.text = text
	}
	s.files = append(s.files, src)
	for _, d := range f.Dynamic {
		s.dynamic = append(s.dynamic, fettle.Gap{Stage: "propose", Subject: file, Reason: plain("may use any name of any package: " + d.What), Location: &fettle.Location{Path: file, Line: d.Line}})
	}
	return nil
}

func (s *sources) missed(file, why string) {
	s.unread = append(s.unread, fettle.Gap{Stage: "propose", Subject: file, Reason: "not searched for uses of upgraded packages: " + plain(why), Location: &fettle.Location{Path: file}})
}

// maxGaps bounds how many places of one project are told that may use anything.
const maxGaps = 5

// gaps adds what keeps uses from being seen.
func (s *sources) gaps(r *Result) {
	r.Gaps = append(r.Gaps, s.unread...)
	for i, g := range s.dynamic {
		if i == maxGaps {
			r.Gaps = append(r.Gaps, fettle.Gap{Stage: "propose", Subject: place(s.project.Dir), Reason: fmt.Sprintf("%d more places may use any name of any package", len(s.dynamic)-i)})
			return
		}
		r.Gaps = append(r.Gaps, g)
	}
}

// mentions reports whether own code may use the package at all, as far as the names of imports tell.
func (s *sources) mentions(p fettle.Package) bool {
	switch s.ecosystem {
	case "npm":
		for _, f := range s.files {
			for _, i := range f.Imports {
				if _, ok := nodeSubpath(i.Target, p.Name); ok {
					return true
				}
			}
		}
		return s.runsBin(p.Name)
	case "Go":
		for _, f := range s.files {
			if strings.Contains(string(f.text), p.Name) {
				return true
			}
		}
		return false
	}
	return len(s.files) > 0 // names of distributions and of modules differ
}

// readFile reads a regular file of at most limit bytes.
func readFile(root *os.Root, file string, limit int64) ([]byte, error) {
	info, err := root.Lstat(filepath.FromSlash(file))
	if err != nil || !info.Mode().IsRegular() {
		return nil, errors.New("cannot be read")
	}
	in, err := root.Open(filepath.FromSlash(file))
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	defer in.Close()
	return readAll(in, limit)
}

// readAll reads at most limit bytes; more is an error.
func readAll(in io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("larger than %d KiB", limit>>10)
	}
	return data, nil
}

// locate is the place of name in a line of a source; the column is 0 where the line does not hold it as a word.
func locate(s source, line int, name string) fettle.Location {
	at := fettle.Location{Path: s.Path, Line: line}
	text := lineOf(s.text, line)
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last == "" {
		return at
	}
	for from := 0; ; {
		i := strings.Index(text[from:], last)
		if i < 0 {
			return at
		}
		i += from
		if end := i + len(last); (i == 0 || !wordByte(text[i-1])) && (end == len(text) || !wordByte(text[end])) {
			at.Column, at.EndLine, at.EndColumn = i+1, line, end+1
			return at
		}
		from = i + 1
	}
}

func wordByte(b byte) bool {
	return b == '_' || b == '$' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= 0x80
}

// lineOf returns one line of text, from 1.
func lineOf(text []byte, line int) string {
	rest := string(text)
	for ; line > 1; line-- {
		_, after, ok := strings.Cut(rest, "\n")
		if !ok {
			return ""
		}
		rest = after
	}
	rest, _, _ = strings.Cut(rest, "\n")
	return rest
}
