package nuget

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// pin declares a package that only others ask for: in Directory.Packages.props where that holds for such packages too, else
// as a reference of the project (https://learn.microsoft.com/nuget/consume-packages/central-package-management#transitive-pinning).
func (d *draft) pin(u fettle.Upgrade) error {
	project := d.project.Manifest
	switch strings.ToLower(path.Ext(project)) {
	case ".csproj", ".fsproj", ".vbproj":
	default:
		return fmt.Errorf("%s: no project file could be found that %s might be declared in; add a PackageReference by hand: %w", d.project.Lockfile, u.Package.Name, fettle.ErrRefused)
	}
	if !d.flag("ManagePackageVersionsCentrally") {
		return d.insert(project, "PackageReference", u.Package.Name, u.To)
	}
	central := ""
	for _, file := range d.order() {
		if strings.EqualFold(path.Base(file), "Directory.Packages.props") && len(path.Dir(file)) >= len(path.Dir(central)) {
			central = file
		}
	}
	if central == "" {
		return fmt.Errorf("versions are managed centrally, and no Directory.Packages.props could be found; add a PackageVersion of %s by hand: %w", u.Package.Name, fettle.ErrRefused)
	}
	if err := d.insert(central, "PackageVersion", u.Package.Name, u.To); err != nil {
		return err
	}
	if d.flag("CentralPackageTransitivePinningEnabled") {
		return nil
	}
	return d.insert(project, "PackageReference", u.Package.Name, "")
}

// flag reports whether a property is true, and false nowhere.
func (d *draft) flag(name string) bool {
	is := false
	for _, file := range d.order() {
		f, err := parse(file, d.files[file])
		if err != nil {
			continue
		}
		for _, p := range f.properties {
			if strings.EqualFold(p.name, name) {
				if !strings.EqualFold(strings.TrimSpace(p.text), "true") {
					return false
				}
				is = true
			}
		}
	}
	return is
}

// insert adds an item to a file: among its like where they are in order, else behind the last of them, else in a group of
// its own.
func (d *draft) insert(file, kind, name, version string) error {
	text := d.files[file]
	f, err := parse(file, text)
	if err != nil {
		return err
	}
	newline := "\n"
	if strings.Contains(text, "\r\n") {
		newline = "\r\n"
	}
	element := fmt.Sprintf(`<%s Include="%s"`, kind, name)
	if version != "" {
		element += fmt.Sprintf(` Version="%s"`, version)
	}
	element += " />"
	var like []item
	for _, it := range f.items {
		if strings.EqualFold(it.kind, kind) && it.verb == "include" && !it.condition && it.group >= 0 && !f.groups[it.group].condition {
			if len(like) == 0 || like[0].group == it.group {
				like = append(like, it)
			}
		}
	}
	if len(like) == 0 {
		return d.insertGroup(file, f, element, newline)
	}
	sorted := slices.IsSortedFunc(like, func(a, b item) int { return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
	before := like[len(like)-1]
	if sorted {
		for i := len(like) - 1; i >= 0 && strings.ToLower(like[i].name) > strings.ToLower(name); i-- {
			if i == 0 {
				at := like[0].element.from
				d.replace(file, span{at, at}, element+newline+indent(text, at))
				return nil
			}
			before = like[i-1]
		}
	}
	at := before.element.to
	d.replace(file, span{at, at}, newline+indent(text, before.element.from)+element)
	return nil
}

func (d *draft) insertGroup(file string, f *projectFile, element, newline string) error {
	text := d.files[file]
	if f.end == 0 {
		return fmt.Errorf("%s has no place for a reference; add %s by hand: %w", file, element, fettle.ErrRefused)
	}
	step := "  "
	if strings.Contains(text, "\n\t") {
		step = "\t"
	}
	at := f.end
	lead := ""
	if line := strings.LastIndex(text[:at], "\n"); strings.TrimSpace(text[line+1:at]) != "" {
		lead = newline // the end tag stands behind something
	}
	d.replace(file, span{at, at}, lead+step+"<ItemGroup>"+newline+step+step+element+newline+step+"</ItemGroup>"+newline)
	return nil
}

// indent is the white space before a place on its line; "" where something else stands there.
func indent(text string, at int) string {
	line := text[strings.LastIndex(text[:at], "\n")+1 : at]
	if strings.TrimSpace(strings.TrimPrefix(line, "\ufeff")) != "" {
		return ""
	}
	return line
}
