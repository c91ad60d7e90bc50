package deliver

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// breakText states one place that an upgrade may break: "src/a.js:12 _.pluck: 4.17.21 has it no more".
func breakText(b fettle.Break) string {
	return strings.TrimSuffix(fmt.Sprintf("%s %s: %s", b.Location, b.Symbol, b.Detail), ": ")
}

// alternativeText states another way and what it costs: "upgrade qs from 6.7.0 to 6.13.0 (4 packages move, minor; it moves
// more packages)".
func alternativeText(a fettle.Alternative) string {
	return a.Title + " (" + costText(a.Cost) + tail(a.Why) + ")"
}

func tail(why string) string {
	if why == "" {
		return ""
	}
	return "; " + why
}

// costText states what a fix moves and leaves: "3 packages move, minor, 1 finding stays".
func costText(c fettle.Cost) string {
	verb := " move"
	if c.Moves == 1 {
		verb = " moves"
	}
	parts := []string{count(c.Moves, "package", "packages") + verb}
	if c.Distance != "" {
		parts = append(parts, c.Distance)
	}
	if c.Lines > 0 {
		parts = append(parts, count(c.Lines, "line", "lines"))
	}
	if c.Left > 0 {
		verb := " stay"
		if c.Left == 1 {
			verb = " stays"
		}
		parts = append(parts, count(c.Left, "finding", "findings")+verb)
	}
	if c.New > 0 {
		parts = append(parts, "brings "+count(c.New, "finding", "findings"))
	}
	return strings.Join(parts, ", ")
}

// staleText says which lockfiles a fix leaves behind; "" is none.
func staleText(f fettle.Fix) string {
	if len(f.Stale) == 0 {
		return ""
	}
	return strings.Join(f.Stale, ", ") + " was not refreshed, so this cannot be tried as it is"
}

// texts states each of a list.
func texts[T any](list []T, text func(T) string) []string {
	var all []string
	for _, item := range list {
		all = append(all, text(item))
	}
	return all
}
