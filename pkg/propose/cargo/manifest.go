package cargo

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// leaf is a text or truth value of a manifest, and where it stands.
type leaf struct {
	path     []string
	text     string
	from, to int // with the quotes
}

// leaves lists the texts and truth values of a TOML document. What is not valid TOML is an error.
func leaves(data []byte) (list []leaf, err error) {
	if _, _, err := document.ParseTOML(data); err != nil { // it bounds what the parser takes
		return nil, err
	}
	skip := len(data) - len(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	defer func() {
		if r := recover(); r != nil {
			list, err = nil, fmt.Errorf("not valid TOML: %v", r)
		}
	}()
	var p unstable.Parser
	p.Reset(data[skip:])
	var table []string
	for p.NextExpression() {
		switch n := p.Expression(); n.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = keysOf(n)
		case unstable.KeyValue:
			list = append(list, leavesOf(n, table, skip)...)
		}
	}
	return list, p.Error()
}

func keysOf(n *unstable.Node) []string {
	var keys []string
	for it := n.Key(); it.Next(); {
		keys = append(keys, string(it.Node().Data))
	}
	return keys
}

func leavesOf(n *unstable.Node, above []string, skip int) []leaf {
	at := append(slices.Clone(above), keysOf(n)...)
	switch v := n.Value(); v.Kind {
	case unstable.String:
		from := int(v.Raw.Offset) + skip
		return []leaf{{at, string(v.Data), from, from + int(v.Raw.Length)}}
	case unstable.Bool:
		return []leaf{{path: at, text: string(v.Data)}}
	case unstable.InlineTable:
		var list []leaf
		for items := v.Children(); items.Next(); {
			list = append(list, leavesOf(items.Node(), at, skip)...)
		}
		return list
	}
	return nil
}

// declaration is one dependency of a manifest.
type declaration struct {
	name      string // of the package
	req       string
	from, to  int  // of req, with its quotes; equal where there is none
	elsewhere bool // it comes from a folder or a repository
}

// tables are those of dependencies, the older spellings among them.
var tables = []string{"dependencies", "build-dependencies", "build_dependencies", "dev-dependencies", "dev_dependencies"}

// declarations lists the dependencies of a manifest that are not left to the workspace.
func declarations(data []byte) ([]declaration, error) {
	all, err := leaves(data)
	if err != nil {
		return nil, err
	}
	var order []string
	byKey := map[string]*declaration{}
	for _, l := range all {
		rest := l.path
		switch {
		case len(rest) > 2 && rest[0] == "target":
			rest = rest[2:]
		case len(rest) > 1 && rest[0] == "workspace" && rest[1] == "dependencies":
			rest = rest[1:]
		}
		if len(rest) < 2 || len(rest) > 3 || !slices.Contains(tables, rest[0]) {
			continue
		}
		key := strings.Join(l.path[:len(l.path)-len(rest)+2], "\x00")
		d := byKey[key]
		if d == nil {
			d = &declaration{name: rest[1]}
			byKey[key] = d
			order = append(order, key)
		}
		switch field := rest[len(rest)-1]; {
		case len(rest) == 2 || field == "version":
			d.req, d.from, d.to = l.text, l.from, l.to
		case field == "package":
			d.name = l.text
		case field == "git" || field == "path":
			d.elsewhere = true
		}
	}
	var list []declaration
	for _, key := range order {
		if d := byKey[key]; d.to > d.from {
			list = append(list, *d)
		}
	}
	return list, nil
}

// editManifest moves the requirements on a package that admit the version it has and not the one it is to have. moved is how
// many there were.
func (c *Cargo) editManifest(file, text string, u fettle.Upgrade) (edited string, moved int, err error) {
	list, err := declarations([]byte(text))
	if err != nil {
		return "", 0, fmt.Errorf("%s: %w: %w", file, err, fettle.ErrRefused)
	}
	edited = text
	slices.SortFunc(list, func(a, b declaration) int { return b.from - a.from })
	for _, d := range list {
		if d.name != u.Package.Name || d.elsewhere || c.Admits(d.req, u.To) || u.Package.Version != "" && !c.Admits(d.req, u.Package.Version) {
			continue
		}
		raw := text[d.from:d.to]
		if len(raw) < 2 || raw[0] != raw[len(raw)-1] || raw[1:len(raw)-1] != d.req {
			return "", 0, fmt.Errorf("%s: the requirement on %s is written as %.100s; move it by hand: %w", file, d.name, raw, fettle.ErrRefused)
		}
		edited = edited[:d.from+1] + c.Repin(d.req, u.To) + edited[d.to-1:]
		moved++
	}
	return edited, moved, nil
}
