package borrowed

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	cpb "github.com/google/osv-scalibr/binary/proto/config_go_proto"
	"github.com/google/osv-scalibr/extractor"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/cpp/conanlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/dart/pubspec"
	"github.com/google/osv-scalibr/extractor/filesystem/language/erlang/mixlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/haskell/cabal"
	"github.com/google/osv-scalibr/extractor/filesystem/language/haskell/stacklock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/r/renvlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/swift/packageresolved"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Reader reads each lockfile twice: with the extractor, which knows the format, and for the line, scope and source of each
// entry, which the extractor leaves out. A package that either of them sees is there.
type Reader struct{}

// maxLock is the largest lockfile that is read, in bytes. The extractors take many times that in memory.
const maxLock = 16 << 20

// maxColons is up to how many colons a YAML file is given to its extractor: the time of that grows with the square of the
// keys in one map. In a larger one only fettle's own reading counts.
const maxColons = 20_000

// format is one kind of lockfile.
type format struct {
	manager, ecosystem string
	manifest           string
	extractor          func(*cpb.PluginConfig) (filesystem.Extractor, error)
	entries            func(data []byte) ([]entry, []project.Fault, error)
}

// entry is what is seen of one package without the extractor.
type entry struct {
	ecosystem     string // where it is not that of the format
	name, version string
	noVersion     string
	direct        bool
	scope         fettle.Scope
	line, endLine int
}

// formats are all kinds of lockfiles, by name.
var formats = map[string]format{
	"pubspec.lock":         {"pub", "Pub", "pubspec.yaml", pubspec.New, pubEntries},
	"mix.lock":             {"mix", "Hex", "mix.exs", mixlock.New, mixEntries},
	"Package.resolved":     {"swift", "SwiftURL", "Package.swift", packageresolved.New, swiftEntries},
	"conan.lock":           {"conan", "ConanCenter", "conanfile.txt", conanlock.New, conanEntries},
	"renv.lock":            {"renv", "CRAN", "DESCRIPTION", renvlock.New, renvEntries},
	"stack.yaml.lock":      {"stack", "Hackage", "stack.yaml", stacklock.New, stackEntries},
	"cabal.project.freeze": {"cabal", "Hackage", "cabal.project", cabal.New, cabalEntries},
}

// Claims reports whether file is one of the lockfiles.
func (Reader) Claims(file string) bool {
	_, ok := formats[path.Base(file)]
	return ok
}

// Helps reports that nothing else is read.
func (Reader) Helps(string) bool { return false }

// Read makes one project of each lockfile.
func (Reader) Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error) {
	var r project.Reading
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		data, err := files.Read(file)
		if err == nil && len(data) > maxLock {
			err = fmt.Errorf("larger than %d MiB, not read", maxLock>>20)
		}
		if err != nil {
			r.Gaps = append(r.Gaps, project.Gap(file, 0, err.Error()))
			continue
		}
		p, gaps := read(ctx, file, bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
		r.Gaps = append(r.Gaps, gaps...)
		if p != nil {
			r.Projects = append(r.Projects, *p)
		}
	}
	return r, ctx.Err()
}

func read(ctx context.Context, file string, data []byte) (*fettle.Project, []fettle.Gap) {
	f := formats[path.Base(file)]
	entries, faults, err := f.entries(data)
	if err != nil {
		return nil, []fettle.Gap{project.FaultGap(file, err)}
	}
	var gaps []fettle.Gap
	for i, fault := range faults {
		if i == project.MaxFaults {
			gaps = append(gaps, project.Gap(file, 0, fmt.Sprintf("and %d more problems in this file", len(faults)-i)))
			break
		}
		gaps = append(gaps, project.Gap(file, fault.Line, fault.Msg))
	}
	var packages []*extractor.Package
	if f.ecosystem != "Pub" || bytes.Count(data, []byte(":")) <= maxColons {
		packages, err = extract(ctx, f, file, data)
	}
	if err != nil {
		gaps = append(gaps, project.Gap(file, 0, fmt.Sprintf("osv-scalibr cannot read it: %.300v", err)))
	}
	dir := project.Parent(file)
	g := project.NewGraph(fettle.Project{Manager: f.manager, Dir: dir, Lockfile: file, Manifest: path.Join(dir, f.manifest)})
	for _, e := range merge(entries, packages) {
		n := fettle.Node{Package: fettle.Package{Ecosystem: f.ecosystem, Name: e.name, Version: e.version}, NoVersion: e.noVersion, Scope: e.scope,
			Location: fettle.Location{Path: file, Line: e.line, EndLine: e.endLine}}
		if e.ecosystem != "" {
			n.Ecosystem = e.ecosystem
		}
		if n.Version == "" && n.NoVersion == "" {
			n.NoVersion = "the lockfile holds none"
		}
		if n.Key = n.Package.String(); n.Version == "" {
			n.Key += "@"
		}
		g.Add(n)
		if e.direct {
			g.Need("", n.Key, e.version, e.scope)
		}
	}
	p, more := g.Project()
	gaps = append(gaps, more...)
	unknown := 0
	for _, n := range p.Nodes {
		if !n.Direct {
			unknown++
		}
	}
	if unknown > 0 {
		gaps = append(gaps, project.Gap(file, 0, fmt.Sprintf("does not tell which package needs which, so the paths to %d of its %d packages are unknown, and they count as production", unknown, len(p.Nodes))))
	}
	return &p, gaps
}

// merge adds to the entries what only the extractor sees.
func merge(entries []entry, packages []*extractor.Package) []entry {
	have := map[[2]string]bool{}
	for _, e := range entries {
		have[[2]string{e.name, e.version}] = true
	}
	var more []entry
	for _, p := range packages {
		at := [2]string{p.Name, p.Version}
		if p.Name == "" || have[at] || p.Version == "" && slices.ContainsFunc(entries, func(e entry) bool { return e.name == p.Name }) {
			continue
		}
		have[at] = true
		more = append(more, entry{name: p.Name, version: p.Version})
	}
	slices.SortFunc(more, func(a, b entry) int { return strings.Compare(a.name+"@"+a.version, b.name+"@"+b.version) })
	return append(entries, more...)
}

// extract is the extractor's answer. A panic in it is an error here.
func extract(ctx context.Context, f format, file string, data []byte) (packages []*extractor.Package, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	e, err := f.extractor(nil)
	if err != nil {
		return nil, err
	}
	found, err := e.Extract(ctx, &filesystem.ScanInput{Path: path.Base(file), Reader: bytes.NewReader(data)})
	for _, p := range found.Packages {
		if f.ecosystem == "SwiftURL" {
			p.Name = swiftName(p.Name)
		}
	}
	return found.Packages, err
}
