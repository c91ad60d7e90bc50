package node

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// ownDynamic notes a place that loads what cannot be read.
func (a *analysis) ownDynamic(file string, d syntax.Dynamic) {
	at := fettle.Location{Path: file, Line: d.Line}
	prefix := d.Prefix
	if i := strings.LastIndexByte(prefix, '!'); i >= 0 { // a bundler's loaders
		prefix = prefix[i+1:]
	}
	into := false // the folder of packages
	if i := strings.LastIndex(prefix, "node_modules/"); i >= 0 {
		prefix, into = prefix[i+len("node_modules/"):], true
	}
	prefix = strings.TrimPrefix(strings.TrimPrefix(prefix, "file:"), "//")
	switch {
	case prefix == "":
		a.doubtAll(fmt.Sprintf("%s:%d: %s", file, d.Line, d.What), file, d.Line, false)
		return
	case into:
	case local(prefix):
		if why := a.leads(file, prefix, d); why != "" {
			a.doubtAll(fmt.Sprintf("%s:%d: %s, %s", file, d.Line, d.What, why), file, d.Line, false)
		}
		return
	case prefix[0] == '#' || prefix[0] == '~' || strings.Contains(prefix, ":"):
		if !a.known(file, prefix+"*") {
			a.doubtAll(fmt.Sprintf("%s:%d: %s that begins with %s, which may be another name of any package", file, d.Line, d.What, prefix), file, d.Line, false)
		}
		return
	}
	if name := packageName(prefix); strings.HasPrefix(prefix, name+"/") && !strings.HasSuffix(name, "/") && (prefix[0] != '@' || strings.Contains(name, "/")) {
		a.ownImport(file, prefix+"*", d.Line, false, false)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(a.find.byName)) {
		if strings.HasPrefix(name, prefix) {
			for _, key := range a.find.byName[name] {
				a.doubt("", key, fmt.Sprintf("%s:%d: %s that begins with %s", file, d.Line, d.What, prefix), at)
			}
		}
	}
}

// leads says why a path that begins with prefix may lead into the folder of packages; "" where it does not.
func (a *analysis) leads(file, prefix string, d syntax.Dynamic) string {
	folder := path.Join(path.Dir(file), prefix[:strings.LastIndexByte(prefix, '/')+1])
	if strings.HasPrefix(prefix, "/") {
		folder = strings.Trim(prefix[:strings.LastIndexByte(prefix, '/')+1], "/")
	}
	if root := path.Clean("./" + a.p.Project.Dir); strings.HasPrefix(d.What, "require.context") && (folder == "." || folder == root || strings.HasPrefix(folder, "..") || strings.HasPrefix(root, folder+"/")) {
		return "which holds that of packages"
	}
	if s := a.sources[file]; s != nil {
		for text := range s.Strings {
			if strings.Contains(text, "node_modules") {
				return "in a file that names node_modules"
			}
		}
	}
	return ""
}
