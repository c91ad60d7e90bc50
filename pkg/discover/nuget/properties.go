package nuget

import (
	"path"
	"strings"
)

// inTree begins a folder of the tree within an expanded text. XML cannot hold the character.
const inTree = "\x00/"

// maxText bounds a property after expansion.
const maxText = 8 << 10

// property is the text of a property, and whether a condition that could not be decided has a say in it.
type property struct {
	text   string
	known  bool
	unsure bool
}

// properties are those of one evaluation, by name in lower case.
type properties map[string]property

// outside are properties that MSBuild, the SDK or the machine sets; all others are empty unless a file of the tree sets them.
var outside = map[string]bool{"configuration": true, "platform": true, "os": true, "visualstudioversion": true, "buildinginsidevisualstudio": true,
	"targetframeworkidentifier": true, "targetframeworkversion": true, "targetplatformidentifier": true, "netcoresdkversion": true, "ci": true, "tf_build": true,
	"github_actions": true, "nugetpackageroot": true, "bundlednetcoreapptargetframeworkversion": true, "bundlednetcoreapppackageversion": true, "solutiondir": true,
	"usingmicrosoftnetsdk": true, "netcoreappimplicitpackageversion": true, "designtimebuild": true, "home": true, "userprofile": true, "path": true}

// get returns a property as it is set, with false where its text cannot be known.
func (p properties) get(name string) property {
	name = strings.ToLower(name)
	if v, ok := p[name]; ok {
		return v
	}
	return property{known: !outside[name] && !strings.HasPrefix(name, "msbuild")}
}

// expand replaces $(Name) in text, as seen from a file in dir. It returns false where a part cannot be known.
func (p properties) expand(text, dir string) (string, bool) {
	if !strings.Contains(text, "$(") {
		return text, !strings.Contains(text, "@(") && !strings.Contains(text, "%(")
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "$(")
		b.WriteString(before)
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, ")")
		if !closed || !plainName(name) {
			return "", false
		}
		switch strings.ToLower(name) {
		case "msbuildthisfiledirectory":
			b.WriteString(inTree + dir + "/")
		default:
			v := p.get(name)
			if !v.known {
				return "", false
			}
			b.WriteString(v.text)
		}
		if b.Len() > maxText {
			return "", false
		}
		text = after
	}
	out := b.String()
	return out, !strings.Contains(out, "@(") && !strings.Contains(out, "%(")
}

// plainName reports whether name is that of a property rather than a function.
func plainName(name string) bool {
	for i := range len(name) {
		if !isWord(name[i]) && name[i] != '-' {
			return false
		}
	}
	return name != ""
}

// unsure reports whether a property in text hangs on a condition that could not be decided.
func (p properties) unsure(text string) bool {
	for _, part := range strings.Split(text, "$(")[1:] {
		if name, _, ok := strings.Cut(part, ")"); ok && p[strings.ToLower(name)].unsure {
			return true
		}
	}
	return false
}

// unset reports whether text names a property that no file sets: it may come from the command line or the machine.
func (p properties) unset(text string) bool {
	for _, part := range strings.Split(text, "$(")[1:] {
		if name, _, ok := strings.Cut(part, ")"); ok {
			if _, set := p[strings.ToLower(name)]; !set {
				return true
			}
		}
	}
	return false
}

// place returns the path in the tree that an expanded text names in a file of dir. It may lead out of the tree, which
// project.Files refuses.
func place(text, dir string) string {
	text = strings.ReplaceAll(strings.TrimSpace(text), `\`, "/")
	if i := strings.LastIndex(text, inTree); i >= 0 {
		return path.Join(".", strings.TrimLeft(text[i+len(inTree):], "/"))
	}
	if strings.HasPrefix(text, "/") || len(text) > 1 && text[1] == ':' {
		return "../" + path.Base(text) // of the machine
	}
	return path.Join(dir, text)
}
