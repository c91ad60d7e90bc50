package node

import (
	"net/url"
	"strings"
)

// locator is what a resolution of a lockfile of Yarn 2 or later says.
type locator struct {
	name    string // of the package; that of what is patched
	kind    string // npm, workspace, patch, portal, link, file, or another protocol
	ref     string // after the protocol: the version, the folder, the address
	version string // of what is patched
	archive string // the address that the content comes from, where it is not the usual one
	parent  string // the folder in which a path of ref is written
	text    string // without what follows ::
}

// key names the entry.
func (l locator) key() string {
	if l.kind == "npm" {
		return l.name + "@" + l.ref
	}
	if l.parent != "" {
		return l.text + "::" + l.parent
	}
	return l.text
}

// parseLocator takes name@protocol:ref::bindings apart.
func parseLocator(text string) locator { return parseLocatorDeep(text, 0) }

func parseLocatorDeep(text string, depth int) locator {
	plain, bindings, _ := strings.Cut(text, "::")
	l := locator{text: plain}
	var ref string
	l.name, ref = splitDescriptor(plain)
	if rest, ok := strings.CutPrefix(ref, "virtual:"); ok { // virtual:hash#protocol:ref
		_, ref, _ = strings.Cut(rest, "#")
		l.text = l.name + "@" + ref
	}
	kind, rest, ok := strings.Cut(ref, ":")
	if !ok || strings.ContainsAny(kind, "/@#") {
		kind, rest = "npm", ref
		if strings.Contains(ref, "/") {
			kind = "address"
		}
	}
	l.kind, l.ref = kind, rest
	if values, err := url.ParseQuery(bindings); err == nil {
		l.archive = values.Get("__archiveUrl")
		l.version = values.Get("version")
		if _, at, ok := strings.Cut(values.Get("locator"), "@workspace:"); ok {
			l.parent = plainDir(at)
		}
	}
	if kind == "patch" && depth < 5 {
		source, _, _ := strings.Cut(rest, "#")
		if plain, err := url.PathUnescape(source); err == nil {
			base := parseLocatorDeep(plain, depth+1)
			l.name = base.name
			if l.version == "" && base.kind == "npm" {
				l.version = base.ref
			} else if l.version == "" {
				l.version = base.version
			}
		}
	}
	return l
}
