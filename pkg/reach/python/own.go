package python

import (
	"context"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// ownFiles knows where the program's own modules are.
type ownFiles struct {
	dir   string // of the project
	files map[string]int
}

func ownFilesOf(p program.Program) ownFiles {
	o := ownFiles{dir: p.Project.Dir, files: map[string]int{}}
	for i, s := range p.Sources {
		o.files[s.Path] = i
	}
	return o
}

// module returns the files that the module below a root is, or is in: a/b.py, a/b/__init__.py, and those of the packages around.
func (o ownFiles) module(root, module string) []string {
	var found []string
	for at := module; at != ""; at = parent(at) {
		file := path.Join(root, strings.ReplaceAll(at, ".", "/"))
		for _, name := range []string{file + ".py", file + "/__init__.py"} {
			if _, ok := o.files[name]; ok {
				found = append(found, name)
			}
		}
	}
	return found
}

// root is the folder that the absolute imports of a file start from, if it is run as its packages say.
func (o ownFiles) root(file string) string {
	dir := project.Parent(file)
	for {
		if _, ok := o.files[path.Join(dir, "__init__.py")]; !ok || dir == "" {
			return dir
		}
		dir = project.Parent(dir)
	}
}

// shadows reports whether an own module of this name hides a distribution's from the file: surely, or maybe.
func (o ownFiles) shadows(file, name string) (surely, maybe bool) {
	root, src := o.root(file), path.Join(o.dir, "src")
	if len(o.module(root, name)) > 0 {
		return root == o.dir || root == src, true
	}
	return false, len(o.module(o.dir, name)) > 0 || len(o.module(src, name)) > 0
}

// targets returns the own files that an import may lead to.
func (o ownFiles) targets(file string, i syntax.Import) []string {
	roots := []string{o.root(file), o.dir, path.Join(o.dir, "src"), project.Parent(file)}
	target := i.Target
	if up := len(target) - len(strings.TrimLeft(target, ".")); up > 0 {
		dir := project.Parent(file)
		for ; up > 1; up-- {
			dir = project.Parent(dir)
		}
		roots, target = []string{dir}, strings.TrimLeft(target, ".")
	}
	var found []string
	for _, root := range roots {
		found = append(found, o.module(root, target)...)
		for _, n := range i.Names {
			found = append(found, o.module(root, strings.Trim(target+"."+n.Name, "."))...)
		}
	}
	return found
}

// promote makes production code of what is named like a test and imported by production code.
func (o ownFiles) promote(sources []program.Source) {
	var open []int
	for i, s := range sources {
		if !s.Test {
			open = append(open, i)
		}
	}
	for len(open) > 0 {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		for _, i := range sources[at].Imports {
			for _, file := range o.targets(sources[at].Path, i) {
				if k := o.files[file]; k < len(sources) && sources[k].Test && !i.Types {
					sources[k].Test = false
					open = append(open, k)
				}
			}
		}
	}
}

// ownCode feeds the graph with what the program's own files import.
func (w *world) ownCode(ctx context.Context) error {
	w.sources = append([]program.Source(nil), w.p.Sources...)
	for i, s := range w.sources { // a project in a folder of tests is one all the same
		if rel, ok := strings.CutPrefix(s.Path, w.p.Project.Dir+"/"); ok && s.Test && !isTest(rel) {
			w.sources[i].Test = false
		}
	}
	w.own.promote(w.sources)
	for _, u := range w.p.Unread {
		if !isTest(u.Path) {
			w.doubtAll(u.Path+" could not be read: "+u.Why, fettle.Location{Path: u.Path})
		}
	}
	if err := w.notebooks(ctx); err != nil {
		return err
	}
	for _, s := range w.sources { // notebooks among them; scripts come later
		if err := ctx.Err(); err != nil {
			return err
		}
		w.ownFile(s)
	}
	for _, pk := range w.packs {
		switch {
		case !pk.named:
			w.doubt(nil, pk, "it is not installed here, and the name of its module is not known", pk.node.Location)
		case pk.copy != nil && pk.copy.starts != "" && pk.name == "setuptools": // stands in for distutils, when that is imported
			w.graph.Doubt("", pk.node.Key, pk.copy.starts+" runs whenever Python starts", fettle.Location{Path: pk.copy.starts}, false)
		case pk.copy != nil && pk.copy.starts != "":
			w.doubt(nil, pk, pk.copy.starts+" runs whenever Python starts", fettle.Location{Path: pk.copy.starts})
		case pk.production() && !pk.needed && !pk.extra && (servers[pk.name] || w.commands[pk.name] || pk.copy != nil && len(pk.copy.scripts) > 0):
			w.doubt(nil, pk, "it has a command of its own, which may be how it is used", pk.node.Location)
		}
	}
	return nil
}

// servers are run by their command, and load the program.
var servers = map[string]bool{"gunicorn": true, "uvicorn": true, "hypercorn": true, "daphne": true, "waitress": true, "uwsgi": true, "mod-wsgi": true, "celery": true,
	"flower": true, "supervisor": true, "circus": true, "honcho": true, "alembic": true, "newrelic": true, "ddtrace": true, "granian": true, "gevent": true, "eventlet": true,
	"bjoern": true, "meinheld": true, "streamlit": true, "rq": true, "huey": true, "dramatiq": true, "scrapy": true, "jupyter": true, "jupyterlab": true, "notebook": true,
	"cherrypy": true, "cheroot": true, "tornado": true, "twisted": true, "opentelemetry-distro": true, "watchfiles": true, "uvloop": true, "httptools": true}

func (w *world) ownFile(s program.Source) {
	at := func(line int) fettle.Location { return fettle.Location{Path: s.Path, Line: line} }
	if s.Broken > 0 && !s.Test {
		w.doubtAll(s.Path+" does not parse at this line, so what it imports is not known", at(s.Broken))
	}
	for _, i := range s.Imports {
		if !i.Types && !strings.HasPrefix(i.Target, ".") {
			w.ownImport(s, i, at(i.Line))
		}
		if module := w.missing(s, i); module != "" && len(w.absentOwn) < maxMissing && !w.absentOwn[module] {
			w.absentOwn[module] = true
			w.doubtAll("imports "+module+", which is neither in the tree nor of a package of the lockfile, so what it imports is not known", at(i.Line))
		}
	}
	if s.Test {
		return
	}
	for _, d := range s.Dynamic {
		w.ownDynamic(d, at(d.Line))
	}
	w.ownStrings(s)
}

func (w *world) ownImport(s program.Source, i syntax.Import, at fettle.Location) {
	var taken []string
	for _, n := range i.Names {
		taken = append(taken, n.Name)
	}
	surely, maybe := w.own.shadows(s.Path, top(i.Target))
	if surely {
		return
	}
	for _, h := range w.imported(i.Target, taken) {
		switch {
		case maybe && !s.Test:
			w.doubt(nil, h.pack, "imports "+i.Target+", which a file of the program is called too", at)
		case maybe:
		default:
			w.graph.Own(h.pack.node.Key, at, i.Target, s.Test)
			if !s.Test {
				w.reach(h)
			}
		}
	}
}

// reach notes that the module of a hit is imported, and with it the packages around.
func (w *world) reach(h hit) {
	w.touch(h.pack)
	if h.pack.copy == nil {
		return
	}
	for at := h.module; at != ""; at = parent(at) {
		v := visit{h.pack, at}
		if h.pack.copy.has(at) && !w.seen[v] {
			w.seen[v] = true
			w.queue = append(w.queue, v)
		}
	}
}

// ownDynamic doubts what the program may load by a name that cannot be read.
func (w *world) ownDynamic(d syntax.Dynamic, at fettle.Location) {
	switch {
	case strings.HasPrefix(d.Prefix, "."):
		return // its own
	case strings.HasPrefix(d.What, syntax.EntryPoints):
		for _, pk := range w.packs {
			if pk.copy == nil || d.Prefix == "" && len(pk.copy.groups) > 0 { // those of a known group are among the strings
				w.doubt(nil, pk, d.What, at)
			}
		}
	case d.Prefix == "":
		w.doubtAll(d.What, at)
	default:
		for _, pk := range w.packs {
			if pk.begins(d.Prefix) {
				w.doubt(nil, pk, d.What+" that begins with "+d.Prefix, at)
			}
		}
	}
}

// begins reports whether a module of the pack may have a name that begins with prefix.
func (p *pack) begins(prefix string) bool {
	if !p.named {
		return true
	}
	for _, m := range p.modules {
		if strings.HasPrefix(m, prefix) || strings.HasPrefix(prefix, m+".") || strings.HasPrefix(prefix, m+":") || prefix == m {
			return true
		}
	}
	return false
}
