package nuget

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// draft is the texts of a project's files while upgrades are written into them.
type draft struct {
	manager *NuGet
	project fettle.Project
	files   map[string]string // by path, as they are now
	exact   bool              // only what asks for the very version that is installed moves
	notes   []string
}

// variable is a version that is a property and nothing else.
var variable = regexp.MustCompile(`^\s*\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)\s*$`)

// move writes one upgrade where the version stands, or pins the package where nothing of the project declares it.
func (d *draft) move(u fettle.Upgrade) error {
	if strings.EqualFold(path.Base(d.project.Lockfile), "dotnet-tools.json") {
		return d.moveTool(u)
	}
	moved, above := 0, false
	for _, d.exact = range []bool{true, false} { // a declared version may be lower than what is installed, if nobody serves it
		for _, file := range d.order() {
			n, newer, err := d.moveIn(file, u)
			if err != nil {
				return err
			}
			moved, above = moved+n, above || newer
		}
		if moved > 0 || above {
			break
		}
	}
	switch {
	case moved > 0 || above:
		return nil
	case strings.EqualFold(path.Ext(d.project.Lockfile), ".config"):
		return fmt.Errorf("%s does not list %s: %w", d.project.Lockfile, u.Package, fettle.ErrRefused)
	}
	return d.pin(u)
}

// moveIn writes one upgrade into one file. What a property holds may stand in the same file, so it is read again after each.
func (d *draft) moveIn(file string, u fettle.Upgrade) (moved int, newer bool, err error) {
	for again := true; again; {
		again = false
		f, err := parse(file, d.files[file])
		if err != nil {
			if file == d.project.Manifest || file == d.project.Lockfile {
				return 0, false, err
			}
			return 0, false, nil // nothing was found declared in it
		}
		for i := len(f.items) - 1; i >= 0 && !again; i-- {
			it := f.items[i]
			if !strings.EqualFold(strings.TrimSpace(it.name), u.Package.Name) {
				continue
			}
			for k := len(it.versions) - 1; k >= 0 && !again; k-- {
				n, already, err := d.set(file, it, it.versions[k], u)
				if err != nil {
					return 0, false, err
				}
				moved, newer = moved+n, newer || already
				again = n > 0 && variable.MatchString(it.versions[k].text)
			}
		}
	}
	return moved, newer, nil
}

// order lists the files by name.
func (d *draft) order() []string { return slices.Sorted(maps.Keys(d.files)) }

// set moves one version. moved is how many texts changed; newer says that it is already as high as asked for.
func (d *draft) set(file string, it item, v value, u fettle.Upgrade) (moved int, newer bool, err error) {
	if m := variable.FindStringSubmatch(v.text); m != nil {
		return d.setProperty(file, it, m[1], u)
	}
	low := lowest(v.text)
	switch {
	case strings.Contains(v.text, "$("):
		return 0, false, fmt.Errorf("%s:%d: the version of %s is put together as %.60s; move it by hand: %w", file, it.line, it.name, v.text, fettle.ErrRefused)
	case strings.Contains(v.text, "*"):
		return 0, false, fmt.Errorf("%s:%d: %s floats as %.60s and moves with the next restore; run dotnet restore --force-evaluate: %w", file, it.line, it.name, v.text, fettle.ErrRefused)
	case low == "":
		return 0, false, fmt.Errorf("%s:%d: %.60q is no version of %s that could be moved: %w", file, it.line, v.text, it.name, fettle.ErrRefused)
	case !below(low, u.To):
		return 0, true, nil
	case u.Package.Version != "" && below(u.Package.Version, low), d.exact && !strings.EqualFold(low, normalize(u.Package.Version)):
		return 0, false, nil // another framework's, which is not the one that is weak
	}
	d.replace(file, v.at, d.manager.Repin(v.text, u.To))
	if it.kind == "package" {
		d.folders(file, it.name, v.text, u.To)
	}
	return 1, false, nil
}

func (d *draft) replace(file string, at span, text string) {
	d.files[file] = d.files[file][:at.from] + text + d.files[file][at.to:]
}

// setProperty moves a property that holds the version of one package and nothing else.
func (d *draft) setProperty(file string, it item, name string, u fettle.Upgrade) (moved int, newer bool, err error) {
	type place struct {
		file string
		property
	}
	var found []place
	use := regexp.MustCompile(`(?i)\$\(\s*` + regexp.QuoteMeta(name) + `\s*\)`)
	for _, other := range d.order() {
		f, err := parse(other, d.files[other])
		if err != nil {
			continue
		}
		for _, p := range f.properties {
			if strings.EqualFold(p.name, name) {
				found = append(found, place{other, p})
			}
		}
		uses := len(use.FindAllString(d.files[other], -1))
		for _, i := range f.items {
			for _, v := range i.versions {
				if m := variable.FindStringSubmatch(v.text); m != nil && strings.EqualFold(m[1], name) && strings.EqualFold(i.name, it.name) {
					uses--
				}
			}
		}
		if uses > 0 {
			return 0, false, fmt.Errorf("%s:%d: the version of %s is $(%s), which %s uses for something else too; move it by hand: %w", file, it.line, it.name, name, other, fettle.ErrRefused)
		}
	}
	if len(found) != 1 || found[0].condition || lowest(found[0].text) == "" {
		return 0, false, fmt.Errorf("%s:%d: the version of %s is $(%s), which is not set in one place without condition; move it by hand: %w", file, it.line, it.name, name, fettle.ErrRefused)
	}
	p := found[0]
	switch low := lowest(p.text); {
	case !below(low, u.To):
		return 0, true, nil
	case d.exact && !strings.EqualFold(low, normalize(u.Package.Version)):
		return 0, false, nil
	}
	d.replace(p.file, p.at, d.manager.Repin(p.text, u.To))
	return 1, false, nil
}

// folders moves the paths into the folder of unpacked packages that project files beside a packages.config have.
func (d *draft) folders(config, name, from, to string) {
	old, fresh := name+"."+strings.TrimSpace(from), name+"."+to
	at := regexp.MustCompile(`(?i)([\\/]packages[\\/])` + regexp.QuoteMeta(old) + `([\\/])`)
	for _, file := range d.order() {
		if file == config || path.Dir(file) != path.Dir(config) || !at.MatchString(d.files[file]) {
			continue
		}
		d.files[file] = at.ReplaceAllString(d.files[file], "${1}"+strings.ReplaceAll(fresh, "$", "$$")+"${2}")
		d.notes = append(d.notes, fmt.Sprintf("%s refers to the unpacked %s: its paths moved along; look whether the new version has the same folders, and whether a binding redirect names the old one", file, old))
	}
}

// moveTool writes one upgrade into dotnet-tools.json.
func (d *draft) moveTool(u fettle.Upgrade) error {
	file := d.project.Lockfile
	text := d.files[file]
	if _, _, err := document.ParseJSON([]byte(text)); err != nil {
		return fmt.Errorf("%s: %w: %w", file, err, fettle.ErrRefused)
	}
	skip := len(text) - len(strings.TrimPrefix(text, "\ufeff"))
	var at span
	gjson.Get(text[skip:], "tools").ForEach(func(key, tool gjson.Result) bool {
		v := tool.Get("version")
		if strings.EqualFold(key.Str, u.Package.Name) && v.Type == gjson.String && v.Index > 0 && below(v.Str, u.To) {
			at = span{skip + v.Index, skip + v.Index + len(v.Raw)}
		}
		return true
	})
	if at.to == 0 || at.to > len(text) || text[at.from] != '"' || text[at.to-1] != '"' {
		return fmt.Errorf("%s has no version of %s below %s: %w", file, u.Package.Name, u.To, fettle.ErrRefused)
	}
	d.replace(file, span{at.from + 1, at.to - 1}, u.To)
	return nil
}
