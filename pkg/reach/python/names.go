package python

import (
	_ "embed"
	"strings"

	"github.com/fettle-dev/fettle/pkg/osv"
)

// stdlibText lists the modules of the standard library, of Python 3.11 and those that later ones dropped.
//
//go:embed stdlib.txt
var stdlibText string

// modulesText says what distributions provide: a line each of the normalized name and the outermost modules, and a $ where it
// has commands of its own.
//
//go:embed modules.txt
var modulesText string

func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			all = append(all, line)
		}
	}
	return all
}

func stdlib() map[string]bool {
	all := map[string]bool{}
	for _, name := range lines(stdlibText) {
		all[name] = true
	}
	return all
}

// modulesTable returns the modules of each distribution that is known, and which of them have commands.
func modulesTable() (modules map[string][]string, commands map[string]bool) {
	modules, commands = map[string][]string{}, map[string]bool{}
	for _, line := range lines(modulesText) {
		f := strings.Fields(line)
		if last := len(f) - 1; f[last] == "$" {
			commands[f[0]], f = true, f[:last]
		}
		modules[f[0]] = f[1:]
	}
	return modules, commands
}

// typesOnly reports whether the distribution holds types for checkers and nothing that runs.
func typesOnly(name string) bool {
	return strings.HasPrefix(name, "types-") || strings.HasSuffix(name, "-stubs")
}

// guess is the module that a distribution of this name most often provides.
func guess(name string) string { return strings.ReplaceAll(osv.NormalizeName("PyPI", name), "-", "_") }
