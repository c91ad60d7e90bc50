package python

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

const (
	maxOther = 4 << 20   // of one file that may name a package
	maxSaid  = 128 << 20 // of all of them
	maxCell  = 1 << 20
)

// Mentions reports whether a file may name what the program loads: its configuration, the commands that run it, notebooks,
// scripts, and sources that are compiled. Manifests and lockfiles name what is installed, and CI files what tests need.
func (Analyst) Mentions(file string) bool {
	base := strings.ToLower(path.Base(file))
	ext := path.Ext(base)
	for _, dir := range []string{".github/", ".gitlab/", ".circleci/", ".azure-pipelines/", "docs/", "doc/"} {
		if strings.HasPrefix(file, dir) || strings.Contains(file, "/"+dir) {
			return false
		}
	}
	switch {
	case isTest(file) || ignoredOther(base, ext):
		return false
	case strings.HasPrefix(base, "procfile"), strings.HasPrefix(base, "dockerfile"), strings.HasPrefix(base, "containerfile"), strings.HasPrefix(base, ".env"), base == "makefile":
		return true
	case ext == "": // a script, perhaps
		return true
	case isTemplate(base): // of the values it is given, not of packages
		return true
	case ext == ".json":
		return strings.Contains(base, "conf") || strings.Contains(base, "settings") || strings.Contains(base, "logging") || strings.Contains(base, "app") || strings.Contains(base, "deploy") || base == "package.json" || base == "vercel.json" || base == "railway.json" || strings.Contains(base, "plugin")
	}
	return slices.Contains([]string{".cfg", ".ini", ".toml", ".yaml", ".yml", ".conf", ".config", ".env", ".sh", ".bash", ".bat", ".ps1", ".service", ".ipynb", ".pyx", ".pxd", ".pth", ".wsgi", ".tac",
		".dockerfile", ".supervisord", ".properties"}, ext)
}

// ignoredOther names files that list what is installed, or that configure what only developers run.
func ignoredOther(base, ext string) bool {
	if ext == ".lock" || strings.HasPrefix(base, "requirements") || strings.HasPrefix(base, "constraints") || strings.HasSuffix(base, "-lock.json") {
		return true
	}
	switch base {
	case "pipfile", "environment.yml", "environment.yaml", "pylock.toml", "poetry.toml", "uv.toml", "tox.ini", "pytest.ini", "mypy.ini", ".coveragerc", ".flake8", "ruff.toml", ".ruff.toml", ".pylintrc",
		".pre-commit-config.yaml", ".readthedocs.yml", ".readthedocs.yaml", ".travis.yml", ".gitlab-ci.yml", "azure-pipelines.yml", "codecov.yml", ".codecov.yml", "appveyor.yml", "pnpm-lock.yaml",
		"license", "licence", "copying", "notice", "authors", "readme", "changelog", "changes", "contributors", "codeowners", "version", ".gitignore", ".gitattributes", ".dockerignore",
		".editorconfig", "manifest.in", "py.typed", "pkg-info", "record", "wheel", "metadata", "installer", ".python-version", "fettle.yaml":
		return true
	}
	return false
}

// others doubts what files beside the sources name.
func (w *world) others(ctx context.Context) error {
	said, total := map[string]bool{}, 0
	for _, file := range w.p.Others {
		if err := ctx.Err(); err != nil {
			return err
		}
		base := strings.ToLower(path.Base(file))
		if strings.HasSuffix(base, ".ipynb") || isTemplate(base) {
			continue
		}
		data, err := w.p.Files.Read(file)
		if err != nil || len(data) > maxOther {
			if err == nil {
				err = fmt.Errorf("larger than %d MiB", maxOther>>20)
			}
			w.doubtAll(fmt.Sprintf("%s may name it, and was not read: %v", file, err), fettle.Location{Path: file})
			continue
		}
		if path.Ext(base) == "" && !strings.HasPrefix(base, "procfile") && !strings.HasPrefix(base, "dockerfile") && !strings.HasPrefix(base, "containerfile") && base != "makefile" {
			first, _, _ := bytes.Cut(data[:min(len(data), 200)], []byte("\n"))
			if !bytes.HasPrefix(first, []byte("#!")) {
				if !strings.HasPrefix(base, ".env") {
					continue // data
				}
			} else if bytes.Contains(first, []byte("python")) {
				if err := w.script(ctx, file, data, 0); err != nil {
					return err
				}
				continue
			}
		}
		if total += len(data); total > maxSaid {
			w.doubtAll(fmt.Sprintf("more than %d MiB of configuration; %s was not read", maxSaid>>20, file), fettle.Location{Path: file})
			return nil
		}
		w.mentions(file, relevant(base, data), said)
	}
	return w.configured(ctx, said)
}

// mentions doubts each pack that a word of the text names, once.
func (w *world) mentions(file string, data []byte, said map[string]bool) {
	line, counted := 1, 0
	words(data, func(word []byte, at int) {
		text := string(word)
		packs := w.byName[osv.NormalizeName("PyPI", text)]
		for _, h := range w.find(text) {
			packs = append(packs[:len(packs):len(packs)], h.pack)
		}
		for _, pk := range packs {
			if key := pk.node.Key; !said[key] {
				said[key] = true
				line += bytes.Count(data[counted:at], []byte("\n"))
				counted = at
				w.doubt(nil, pk, fmt.Sprintf("%s:%d names it", file, line), fettle.Location{Path: file, Line: line})
			}
		}
	})
}

// relevant blanks the parts of a file that say what is installed, and what only developers' tools read.
func relevant(base string, data []byte) []byte {
	switch {
	case base == "pyproject.toml" || base == "setup.cfg":
		return relevantSections(data)
	case strings.HasPrefix(base, "dockerfile"), strings.HasPrefix(base, "containerfile"), strings.HasSuffix(base, ".dockerfile"), strings.HasSuffix(base, ".sh"), base == "makefile":
		return withoutInstalls(data)
	}
	return data
}

// relevantSections keeps the sections of entry points, and those of tools that are not known for developers'.
func relevantSections(data []byte) []byte {
	keep := false
	var b bytes.Buffer
	for line := range bytes.Lines(data) {
		text := strings.TrimSpace(string(line))
		if strings.HasPrefix(text, "[") {
			keep = relevantSection(strings.Trim(text, "[] "))
			b.WriteByte('\n')
			continue
		}
		if keep {
			b.Write(line)
		} else {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

func relevantSection(name string) bool {
	switch {
	case name == "project.scripts" || name == "project.gui-scripts" || strings.HasPrefix(name, "project.entry-points") || name == "options.entry_points" ||
		name == "tool.poetry.scripts" || strings.HasPrefix(name, "tool.poetry.plugins"):
		return true
	case strings.HasPrefix(name, "tool."):
		tool := top(strings.TrimPrefix(name, "tool."))
		return !slices.Contains([]string{"poetry", "uv", "pdm", "hatch", "setuptools", "setuptools_scm", "flit", "black", "isort", "ruff", "mypy", "pytest", "coverage", "pylint", "pyright", "tox", "nox",
			"flake8", "bandit", "towncrier", "bumpversion", "commitizen", "semantic_release", "cibuildwheel", "pip-tools", "rye", "pixi", "codespell", "pydocstyle", "djlint", "interrogate", "vulture",
			"deptry", "creosote", "check-manifest", "tbump", "maturin", "scikit-build", "mutmut", "pyupgrade", "autoflake", "yapf", "docformatter", "basedpyright", "ty", "poe", "taskipy", "versioneer"}, strings.Trim(tool, `"'`))
	}
	return false
}

// withoutInstalls blanks the commands that install packages.
func withoutInstalls(data []byte) []byte {
	var b bytes.Buffer
	installing := false
	for line := range bytes.Lines(data) {
		text := string(line)
		for _, part := range strings.SplitAfter(text, "&&") {
			for _, word := range []string{"pip install", "pip3 install", "pip download", "pip wheel", "apt-get", "apt install", "apk add", "uv pip", "uv add", "poetry add", "pipx install", "conda install", "dnf install", "yum install"} {
				installing = installing || strings.Contains(part, word)
			}
			if !installing {
				b.WriteString(part)
			} else if strings.HasSuffix(part, "\n") {
				b.WriteByte('\n')
			}
			if strings.HasSuffix(part, "&&") {
				installing = false
			}
		}
		if !strings.HasSuffix(strings.TrimSpace(text), "\\") {
			installing = false
		}
	}
	return b.Bytes()
}

// script reads a Python file of another name as one of the program's own. A line, if it is known, stands for all of its lines.
func (w *world) script(ctx context.Context, file string, text []byte, line int) error {
	f, err := syntax.Read(ctx, file+".py", text)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		w.doubtAll(file+" could not be read: "+err.Error(), fettle.Location{Path: file})
		return nil
	}
	f.Path = file
	if line > 0 {
		for i := range f.Imports {
			f.Imports[i].Line = line
		}
		for i := range f.Uses {
			f.Uses[i].Line = line
		}
	}
	s := program.Source{File: f}
	w.sources = append(w.sources, s)
	w.ownFile(s)
	return nil
}

// notebooks reads the code cells of Jupyter notebooks.
func (w *world) notebooks(ctx context.Context) error {
	for _, file := range w.p.Others {
		if !strings.HasSuffix(strings.ToLower(file), ".ipynb") {
			continue
		}
		data, err := w.p.Files.Read(file)
		var code []byte
		if err == nil {
			code, err = cells(data)
		}
		if err != nil {
			w.doubtAll(file+" could not be read: "+err.Error(), fettle.Location{Path: file})
			continue
		}
		f, err := syntax.Read(ctx, file+".py", code)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			w.doubtAll(file+" could not be read: "+err.Error(), fettle.Location{Path: file})
			continue
		}
		f.Path = file
		for i := range f.Imports {
			f.Imports[i].Line = 0 // lines of the code are not those of the file
		}
		for i := range f.Uses {
			f.Uses[i].Line = 0
		}
		w.sources = append(w.sources, program.Source{File: f})
	}
	return nil
}

// cells joins the code cells of a notebook, without what is for the notebook or a shell.
func cells(data []byte) ([]byte, error) {
	var notebook struct {
		Cells []struct {
			Type   string          `json:"cell_type"`
			Source json.RawMessage `json:"source"`
		} `json:"cells"`
	}
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &notebook); err != nil {
		return nil, fmt.Errorf("not a notebook of version 4: %w", err)
	}
	var b bytes.Buffer
	for _, cell := range notebook.Cells {
		if cell.Type != "code" {
			continue
		}
		var list []string
		if json.Unmarshal(cell.Source, &list) != nil {
			var one string
			if json.Unmarshal(cell.Source, &one) != nil {
				return nil, fmt.Errorf("a code cell has no text")
			}
			list = []string{one}
		}
		text := strings.Join(list, "")
		if strings.HasPrefix(text, "%%") && !strings.HasPrefix(text, "%%time") && !strings.HasPrefix(text, "%%capture") {
			continue
		}
		for line := range strings.Lines(text) {
			if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "%") || strings.HasPrefix(trimmed, "!") || strings.HasSuffix(trimmed, "?") {
				line = line[:len(line)-len(strings.TrimLeft(line, " \t"))] + "pass\n"
			}
			b.WriteString(line)
		}
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}
