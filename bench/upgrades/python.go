//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/osv"
)

// pin is a line of a requirements file that says one version.
var pin = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?==([^\s;#]+)(.*)$`)

func pipVulnerable(b *bench, t *trial) error { return b.repin(t, t.vulnerable(false)) }

func pipAll(b *bench, t *trial) error { return b.repin(t, nil) }

// repin writes the newest version that pip offers into the pins of these packages, nil being all.
func (b *bench) repin(t *trial, names []string) error {
	newest := map[string]string{}
	for _, p := range t.before.Inventory.Projects {
		if p.Manager != "pip" {
			continue
		}
		name := filepath.Join(t.dir, filepath.FromSlash(p.Lockfile))
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		var out strings.Builder
		for line := range strings.Lines(string(text)) {
			m := pin.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
			if m == nil || names != nil && !slices.Contains(names, osv.NormalizeName("PyPI", m[1])) {
				out.WriteString(line)
				continue
			}
			version, ok := newest[m[1]]
			if !ok {
				if version, err = b.newestOfPip(t, m[1]); err != nil {
					t.note("%s stays: %v", m[1], err)
				}
				newest[m[1]] = version
			}
			if version == "" {
				version = m[3]
			}
			out.WriteString(m[1] + m[2] + "==" + version + m[4] + line[len(strings.TrimRight(line, "\r\n")):])
		}
		if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// newestOfPip asks pip, which knows the user's index and the Python at hand.
func (b *bench) newestOfPip(t *trial, name string) (string, error) {
	out, err := command(t.ctx, b.empty(), os.Environ(), "pip", "index", "versions", "--", name)
	if err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(out, "Available versions: ")
	first, _, _ := strings.Cut(strings.SplitN(rest, "\n", 2)[0], ",")
	if first = strings.TrimSpace(first); first == "" {
		return "", fmt.Errorf("pip names no version of %s", name)
	}
	return first, nil
}
