package golang

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of a go.mod or go.work. The largest known have some 2,000 lines; a statement that is wrong takes memory many times
// its size.
const (
	maxGoMod = 4 << 20
	maxLines = 100_000
)

// maxGoModLines bounds what the parser takes: more than a kilobyte for each line that is wrong. The largest known have some
// thousand.
const maxGoModLines = 200_000

// mainModule is a go.mod of the tree.
type mainModule struct {
	file, dir string
	path      string
	goLine    goVersion
	toolchain goVersion
	requires  []require
	replaces  []replace
	excludes  map[module.Version]bool
	tools     []tool
}

// goVersion is a go or toolchain line.
type goVersion struct {
	text string
	file string
	line int
}

type require struct {
	mod           module.Version
	indirect      bool
	line, endLine int
}

type replace struct {
	old, target module.Version // target.Version is empty for a folder
	file        string
	dir         string // of file
	line        int
	endLine     int
}

type tool struct {
	path string // of a package
	line int
}

func newReplace(r *modfile.Replace, file, dir string) replace {
	return replace{r.Old, r.New, file, dir, r.Syntax.Start.Line, r.Syntax.End.Line}
}

// canonical lets what is no version pass, such as a branch, so that one such line does not hide all others.
func canonical(_, version string) (string, error) {
	return cmp.Or(module.CanonicalVersion(version), version), nil
}

func readBounded(files *project.Files, file string) ([]byte, error) {
	data, err := files.Read(file)
	if err != nil {
		return nil, err
	}
	if len(data) > maxGoMod {
		return nil, fmt.Errorf("larger than %d MiB, not read", maxGoMod>>20)
	}
	if bytes.Count(data, []byte("\n")) > maxLines {
		return nil, fmt.Errorf("more than %d lines, not read", maxLines)
	}
	if lines := bytes.Count(data, []byte("\n")); lines > maxGoModLines {
		return nil, fmt.Errorf("%d lines; more than %d are not read", lines, maxGoModLines)
	}
	return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), nil
}

// readModule reads a go.mod; nil where nothing in it can be read.
func readModule(files *project.Files, file string) (*mainModule, []fettle.Gap) {
	data, err := readBounded(files, file)
	if err != nil {
		return nil, []fettle.Gap{project.Gap(file, 0, err.Error())}
	}
	m, faults, err := parseModule(data)
	if err != nil {
		return nil, modGaps(file, err)
	}
	var gaps []fettle.Gap
	for _, f := range faults {
		gaps = append(gaps, project.Gap(file, f.Line, f.Msg))
	}
	m.file, m.dir = file, project.Parent(file)
	m.goLine.file, m.toolchain.file = file, file
	for i := range m.replaces {
		m.replaces[i].file, m.replaces[i].dir = file, m.dir
	}
	return m, gaps
}

// parseModule parses a go.mod. Faults are parts that were left out.
func parseModule(data []byte) (*mainModule, []project.Fault, error) {
	f, faults, err := tolerant(data)
	if err != nil {
		return nil, nil, err
	}
	m := &mainModule{excludes: map[module.Version]bool{}}
	if f.Module != nil {
		m.path = f.Module.Mod.Path
	}
	if m.path == "" && len(f.Require) > 0 {
		faults = append(faults, project.Fault{Line: 1, Msg: "has no module line; the go command does not read it"})
	}
	if f.Go != nil {
		m.goLine = goVersion{text: f.Go.Version, line: f.Go.Syntax.Start.Line}
	}
	if f.Toolchain != nil {
		m.toolchain = goVersion{text: f.Toolchain.Name, line: f.Toolchain.Syntax.Start.Line}
	}
	at := map[string]int{}
	for _, r := range f.Require {
		next := require{r.Mod, r.Indirect, r.Syntax.Start.Line, r.Syntax.End.Line}
		i, twice := at[r.Mod.Path]
		if !twice {
			at[r.Mod.Path] = len(m.requires)
			m.requires = append(m.requires, next)
			continue
		}
		if have := m.requires[i]; have.mod != next.mod && len(faults) < project.MaxFaults {
			faults = append(faults, project.Fault{Line: next.line, Msg: fmt.Sprintf("%.200q is required twice, as %.100s and as %.100s; the higher one counts, run go mod tidy", next.mod.Path, have.mod.Version, next.mod.Version)})
		}
		next.indirect = next.indirect && m.requires[i].indirect
		if semver.Compare(next.mod.Version, m.requires[i].mod.Version) > 0 {
			m.requires[i] = next
		}
		m.requires[i].indirect = next.indirect
	}
	for _, r := range f.Replace {
		m.replaces = append(m.replaces, newReplace(r, "", ""))
	}
	for _, e := range f.Exclude {
		m.excludes[e.Mod] = true
	}
	for _, t := range f.Tool {
		m.tools = append(m.tools, tool{t.Path, t.Syntax.Start.Line})
	}
	return m, faults, nil
}

// tolerant parses a go.mod without the lines that are wrong, and without replace, exclude and tool statements where even
// that does not help.
func tolerant(data []byte) (*modfile.File, []project.Fault, error) {
	f, err := modfile.Parse("go.mod", data, canonical)
	if err == nil {
		return f, nil, nil
	}
	faults := modFaults(err)
	rest := without(data, err)
	if f, again := modfile.Parse("go.mod", rest, canonical); again == nil {
		for i := range faults {
			faults[i].Msg += "; it was passed over"
		}
		return f, faults, nil
	}
	if f, again := modfile.ParseLax("go.mod", rest, canonical); again == nil {
		for i := range faults {
			faults[i].Msg += "; replace, exclude and tool statements of this file were not read"
		}
		return f, faults, nil
	}
	return nil, nil, err
}

// without empties the lines that err names.
func without(data []byte, err error) []byte {
	var list modfile.ErrorList
	if !errors.As(err, &list) {
		return data
	}
	bad := map[int]bool{}
	for _, e := range list {
		bad[e.Pos.Line] = true
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	for i := range lines {
		if bad[i+1] {
			lines[i] = []byte("\n")
		}
	}
	return bytes.Join(lines, nil)
}

// modFaults returns what modfile found wrong, line by line.
func modFaults(err error) []project.Fault {
	var list modfile.ErrorList
	if !errors.As(err, &list) {
		return []project.Fault{{Msg: "not a valid go.mod: " + err.Error()}}
	}
	var faults []project.Fault
	for i, e := range list {
		if i == project.MaxFaults {
			faults = append(faults, project.Fault{Msg: fmt.Sprintf("and %d more problems in this file", len(list)-i)})
			break
		}
		line := max(e.Pos.Line, 1)
		e.Filename, e.Pos = "", modfile.Position{}
		faults = append(faults, project.Fault{Line: line, Msg: "not valid: " + short(e.Error())})
	}
	return faults
}

func modGaps(file string, err error) []fettle.Gap {
	var gaps []fettle.Gap
	for _, f := range modFaults(err) {
		gaps = append(gaps, project.Gap(file, f.Line, f.Msg+"; so none of its packages were checked"))
	}
	return gaps
}

// short is text from outside, cut for a message.
func short(text string) string { return fmt.Sprintf("%.300s", strings.Join(strings.Fields(text), " ")) }

// teller counts the gaps of one file, and tells of project.MaxFaults of them.
type teller struct {
	file string
	gaps []fettle.Gap
	more int
}

func (t *teller) gap(line int, reason string) {
	if len(t.gaps) == project.MaxFaults {
		t.more++
		return
	}
	t.gaps = append(t.gaps, project.Gap(t.file, line, reason))
}

func (t *teller) done() []fettle.Gap {
	if t.more > 0 {
		return append(t.gaps, project.Gap(t.file, 0, fmt.Sprintf("and %d more problems in this file", t.more)))
	}
	return t.gaps
}
