package propose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// name gives f its title and its id.
func name(f *fettle.Fix) {
	f.Title = title(*f)
	parts := []string{"fix", f.Project}
	for _, u := range f.Upgrades {
		parts = append(parts, u.Package.String()+">"+u.To+" "+string(u.Kind)+" "+strings.Join(u.Holders, " "))
	}
	f.ID = string(fettle.NewID(parts...))
}

// title names what the fix changes by itself first, and what moves along.
func title(f fettle.Fix) string {
	var led, along []string
	for _, u := range f.Upgrades {
		switch {
		case u.Kind == fettle.Override:
			led = append(led, fmt.Sprintf("override %s%s from %s to %s", u.Package.Name, below(u.Holders), u.Package.Version, u.To))
		case u.Kind == fettle.Direct || f.Kind == fettle.LockOnly || len(f.Upgrades) == 1:
			led = append(led, fmt.Sprintf("upgrade %s from %s to %s", u.Package.Name, u.Package.Version, u.To))
		case !slices.Contains(along, u.Package.Name):
			along = append(along, u.Package.Name)
		}
	}
	if len(led) == 0 && len(f.Upgrades) > 0 {
		u := f.Upgrades[0]
		led, along = []string{fmt.Sprintf("upgrade %s from %s to %s", u.Package.Name, u.Package.Version, u.To)}, along[1:]
	}
	if len(led) > 2 {
		led = append(led[:2], fmt.Sprintf("%d more", len(led)-2))
	}
	text := strings.Join(led, ", ")
	switch {
	case len(along) > 3:
		text += fmt.Sprintf(", with %s and %d more", strings.Join(along[:3], ", "), len(along)-3)
	case len(along) > 0:
		text += ", with " + strings.Join(along, ", ")
	}
	return text
}

// below names the holders that a pin is bounded to; "" is none.
func below(holders []string) string {
	if len(holders) == 0 {
		return ""
	}
	return " below " + strings.Join(holders, ", ")
}
