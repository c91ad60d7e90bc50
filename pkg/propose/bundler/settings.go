package bundler

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// kept are the settings that say where gems come from; those of mirrors are kept beside them.
var kept = []string{"BUNDLE_SSL_CA_CERT", "BUNDLE_SSL_VERIFY_MODE", "BUNDLE_TIMEOUT", "BUNDLE_REDIRECT", "BUNDLE_MIRROR__ALL", "BUNDLE_MIRROR__ALL__FALLBACK_TIMEOUT"}

// maxConfig bounds a configuration file, in bytes.
const maxConfig = 1 << 20

// Settings returns the environment of Bundler: what it fetches is kept in a folder of cache, and gems come from the mirrors
// that the user's own configuration names, without credentials. No file of the repository is read.
func Settings(cache string, getenv func(string) string) []string {
	home := filepath.Join(cache, "bundler")
	env := []string{"BUNDLE_USER_HOME=" + home, "BUNDLE_USER_CACHE=" + filepath.Join(home, "cache"), "GEM_SPEC_CACHE=" + filepath.Join(home, "specs")}
	have := map[string]bool{}
	add := func(name, value string) {
		if value != "" && !have[name] && !strings.ContainsAny(name+value, "\x00\n\r") {
			have[name] = true
			env = append(env, name+"="+manager.WithoutPasswords(value))
		}
	}
	for _, name := range kept {
		add(name, getenv(name))
	}
	if sources := gemSources(getenv); len(sources) > 0 {
		add("FETTLE_GEM_SOURCES", strings.Join(sources, " "))
	}
	file := getenv("BUNDLE_USER_CONFIG")
	if file == "" && getenv("BUNDLE_USER_HOME") != "" {
		file = filepath.Join(getenv("BUNDLE_USER_HOME"), "config")
	}
	if file == "" && getenv("HOME") != "" {
		file = filepath.Join(getenv("HOME"), ".bundle", "config")
	}
	for _, f := range configured(file) {
		add(f[0], f[1])
	}
	return env
}

// configured reads the settings of a file that are kept.
func configured(file string) [][2]string {
	var list [][2]string
	doc := parsed(file)
	for _, field := range doc.Map() {
		keep := strings.HasPrefix(field.Key, "BUNDLE_MIRROR__")
		for _, name := range kept {
			keep = keep || field.Key == name
		}
		if keep && !strings.Contains(field.Key, "=") {
			list = append(list, [2]string{field.Key, field.Value.Text})
		}
	}
	return list
}

// gemSources are the sources of gems that the user's .gemrc names.
func gemSources(getenv func(string) string) []string {
	file := getenv("GEMRC")
	if file == "" && getenv("HOME") != "" {
		file = filepath.Join(getenv("HOME"), ".gemrc")
	}
	var list []string
	for _, field := range parsed(file).Map() {
		if strings.Trim(field.Key, ":") != "sources" {
			continue
		}
		for _, source := range field.Value.List() {
			if located.MatchString(source.Text) && !strings.ContainsAny(source.Text, " \t") {
				list = append(list, source.Text)
			}
		}
	}
	return list
}

// parsed reads a file of YAML; nil where there is none that can be read.
func parsed(file string) *document.Value {
	if !filepath.IsAbs(file) {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig))
	if err != nil {
		return nil
	}
	doc, _, err := document.ParseYAML(data)
	if err != nil {
		return nil
	}
	return doc
}

var located = regexp.MustCompile(`(?i)[a-z+]+://[^,|\s]+`)
