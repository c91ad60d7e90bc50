package dotnet

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestTheNearestFoldersOfAPackageCount(t *testing.T) {
	for _, c := range []struct{ projects, folders, want string }{
		{"net8.0", "net45 netstandard2.0 net6.0", "net6.0"},
		{"net8.0 net472", "net45 netstandard2.0 net6.0", "net45 net6.0"},
		{"net472", "netstandard1.3 netstandard2.0", "netstandard2.0"},
		{"net460", "netstandard1.3 netstandard2.0", "netstandard1.3"},
		{"net451", "netstandard1.1 netstandard1.2 netstandard1.3", "netstandard1.2"},
		{"netcoreapp3.1", "netcoreapp2.0 netstandard2.1", "netcoreapp2.0"},
		{"net8.0", "net6.0-windows7.0 netstandard2.0", "netstandard2.0"},
		{"net8.0-windows", "net6.0-windows7.0 netstandard2.0", "net6.0-windows7.0"},
		{"net8.0", "net45", "net45"}, // none fits: all count
		{"$(Frameworks)", "net45 net6.0", "net45 net6.0"},
		{"any", "net45 net6.0", "net45 net6.0"},
		{"", "net45 net6.0", "net45 net6.0"},
	} {
		got := slices.Sorted(maps.Keys(nearest(strings.Fields(c.projects), strings.Fields(c.folders))))
		if strings.Join(got, " ") != c.want {
			t.Errorf("of %s, %q has %s; want %s", c.folders, c.projects, got, c.want)
		}
	}
}
