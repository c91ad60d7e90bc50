package maven

import (
	"context"
	"path"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// workspace is the POMs of one scan: those of the tree, and those of repositories that they lead to.
type workspace struct {
	files        *project.Files
	repositories *repositories
	tree         map[string]*pom   // by file; nil where it cannot be read
	modules      map[string][]*pom // by group:artifact
	found        map[coords]*pom   // by coordinates; nil where it cannot be had
	parents      map[*pom]*pom
	sections     map[*pom]*declared
	models       map[*pom]*model
	configs      map[string]mavenConfig
	lost         lost
	depth        int // of imports, at present
	work         int // needs looked at so far
	gaps         []fettle.Gap
}

func newWorkspace(files *project.Files, r *repositories) *workspace {
	return &workspace{files: files, repositories: r, tree: map[string]*pom{}, modules: map[string][]*pom{}, found: map[coords]*pom{}, parents: map[*pom]*pom{},
		sections: map[*pom]*declared{}, models: map[*pom]*model{}, configs: map[string]mavenConfig{}, lost: newLost()}
}

func (w *workspace) gap(g fettle.Gap) { w.gaps = append(w.gaps, g) }

// load reads a POM of the tree; nil, and a gap, where it cannot be read.
func (w *workspace) load(file string) *pom {
	if p, ok := w.tree[file]; ok {
		return p
	}
	w.tree[file] = nil
	data, err := w.files.Read(file)
	if err != nil {
		w.gap(project.Gap(file, 0, err.Error()))
		return nil
	}
	p, err := parsePOM(data, file)
	if err != nil {
		w.gap(project.FaultGap(file, err))
		return nil
	}
	for _, f := range p.faults {
		w.gap(project.Gap(file, f.Line, f.Msg))
	}
	w.tree[file] = p
	at := p.written()
	w.modules[at.name()] = append(w.modules[at.name()], p)
	return p
}

// written returns p's coordinates as its own text and that of its parent element give them.
func (p *pom) written() coords {
	c := p.coords
	if p.parent != nil {
		c.group, c.version = orElse(c.group, p.parent.group), orElse(c.version, p.parent.version)
	}
	return c
}

// parent returns the parent of q: from relativePath where q is in the tree, else as any other POM; nil where it cannot be had.
func (w *workspace) parent(ctx context.Context, q *pom) (*pom, error) {
	if p, ok := w.parents[q]; ok {
		return p, nil
	}
	var p *pom
	if q.file != "" && !q.parent.noPath {
		p = w.beside(q)
	}
	if p == nil {
		var err error
		if p, err = w.find(ctx, q.parent.coords); err != nil {
			return nil, err
		}
	}
	w.parents[q] = p
	return p, nil
}

// beside returns the POM that relativePath names, if it is the parent indeed; nil else.
func (w *workspace) beside(q *pom) *pom {
	file := path.Join(project.Parent(q.file), orElse(q.parent.path, "../pom.xml"))
	if strings.HasPrefix(file, "../") || strings.HasPrefix(q.parent.path, "/") {
		return nil
	}
	if !w.files.Is(file) {
		if file = path.Join(file, "pom.xml"); !w.files.Is(file) {
			return nil
		}
	}
	p := w.load(file)
	if p == nil || p.written() != q.parent.coords {
		return nil
	}
	return p
}

// module returns the POM of the tree with these coordinates; nil where there is none.
func (w *workspace) module(ctx context.Context, c coords) (*pom, error) {
	for _, p := range w.modules[c.name()] {
		written := p.written()
		if written.version == c.version {
			return p, nil
		}
		if !strings.Contains(written.version, "${") {
			continue
		}
		m, err := w.model(ctx, p)
		if err != nil {
			return nil, err
		}
		if m != nil && m.version == c.version {
			return p, nil
		}
	}
	return nil, nil
}

// find returns the POM with these coordinates; nil where it cannot be had, which w.lost knows the reason of.
func (w *workspace) find(ctx context.Context, c coords) (*pom, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p, ok := w.found[c]; ok {
		return p, nil
	}
	p, err := w.module(ctx, c)
	if err != nil {
		return nil, err
	}
	if p == nil {
		var why string
		if p, why, err = w.fetch(ctx, c); err != nil {
			return nil, err
		}
		if p == nil {
			w.lost.why[c] = why
		}
	}
	w.found[c] = p
	return p, nil
}

// plainID are the characters of coordinates that can be a path: no separators, and no dot at the beginning.
var plainID = regexp.MustCompile(`^[A-Za-z0-9_+~-][A-Za-z0-9._+~-]*$`)

// valid reports whether c can name a file of a repository.
func (c coords) valid() bool {
	for id := range strings.SplitSeq(c.group, ".") {
		if !plainID.MatchString(id) {
			return false
		}
	}
	return len(c.group)+len(c.artifact)+len(c.version) < 600 && plainID.MatchString(c.artifact) && plainID.MatchString(c.version)
}

// path is where a repository holds c's POM.
func (c coords) path() string {
	return path.Join(strings.ReplaceAll(c.group, ".", "/"), c.artifact, c.version, c.artifact+"-"+c.version+".pom")
}

// fetch reads c's POM from repositories; nil, and why, where none has it.
func (w *workspace) fetch(ctx context.Context, c coords) (*pom, string, error) {
	if !c.valid() {
		return nil, "these are no coordinates of a repository", nil
	}
	if p := w.repositories.parsed[c]; p != nil {
		return p, "", nil
	}
	var p *pom
	why, err := w.repositories.get(ctx, c.path(), strings.HasSuffix(c.version, "-SNAPSHOT"), func(data []byte) string {
		read, err := parsePOM(data, "")
		if err != nil {
			return "it cannot be read: " + err.Error()
		}
		if got := read.written(); got.artifact != c.artifact && !strings.Contains(got.artifact, "${") {
			return "the POM that is there is that of another artifact"
		}
		p = read
		return ""
	})
	if p != nil && w.repositories.parsed != nil {
		w.repositories.parsed[c] = p
	}
	return p, why, err
}
