package cargo

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Settings returns the environment and the configuration of cargo: its home is a folder of cache, and crates come from where
// the user's own configuration says, without tokens and passwords. No file of the repository is read.
func Settings(cache string, getenv func(string) string) (env []string, config string) {
	env = []string{"CARGO_HOME=" + filepath.Join(cache, "cargo")}
	for _, name := range []string{"CARGO_HTTP_PROXY", "CARGO_HTTP_CAINFO", "CARGO_HTTP_TIMEOUT", "CARGO_REGISTRY_DEFAULT", "CARGO_REGISTRIES_CRATES_IO_PROTOCOL", "CARGO_NET_GIT_FETCH_WITH_CLI"} {
		if v := getenv(name); v != "" && !strings.ContainsAny(v, "\x00\n") {
			env = append(env, name+"="+manager.WithoutPasswords(v))
		}
	}
	home := getenv("CARGO_HOME")
	if home == "" && getenv("HOME") != "" {
		home = filepath.Join(getenv("HOME"), ".cargo")
	}
	if !filepath.IsAbs(home) {
		return env, ""
	}
	for _, name := range []string{"config.toml", "config"} {
		if text, ok := readSmall(filepath.Join(home, name)); ok {
			return env, scrubbed(text, true)
		}
	}
	return env, ""
}

// maxConfig bounds a configuration file, in bytes.
const maxConfig = 1 << 20

func readSmall(file string) (string, bool) {
	f, err := os.Open(file)
	if err != nil {
		return "", false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig))
	return string(data), err == nil
}

// kept are the settings that say where crates come from, by table; a star is a name that the user gives.
var kept = []string{"source.*.registry", "source.*.replace-with", "source.*.local-registry", "source.*.directory", "registries.*.index", "registry.default",
	"http.proxy", "http.cainfo", "http.timeout", "http.multiplexing", "net.git-fetch-with-cli"}

// scrubbed keeps of a configuration what says where crates come from. Of a repository's own, which must not redirect what is
// named elsewhere, only registries that it names itself are kept.
func scrubbed(text string, isUser bool) string {
	doc, _, err := document.ParseTOML([]byte(text))
	if err != nil {
		return ""
	}
	var out strings.Builder
	for _, top := range doc.Map() {
		for _, f := range top.Value.Map() {
			write := func(keys []string, v *document.Value) {
				pattern := append([]string{}, keys...)
				if len(pattern) == 3 {
					pattern[1] = "*"
				}
				joined := strings.Join(pattern, ".")
				if !slices.Contains(kept, joined) || !isUser && (joined != "registries.*.index" || strings.EqualFold(keys[1], "crates-io")) {
					return
				}
				if line, ok := setting(keys, v); ok && out.Len() < maxConfig {
					out.WriteString(line)
				}
			}
			if !f.Value.Is(document.Map) {
				write([]string{top.Key, f.Key}, f.Value)
			}
			for _, g := range f.Value.Map() {
				write([]string{top.Key, f.Key, g.Key}, g.Value)
			}
		}
	}
	return out.String()
}

// setting writes one line of TOML.
func setting(keys []string, v *document.Value) (string, bool) {
	var quoted []string
	for _, k := range keys {
		quoted = append(quoted, tomlString(k))
	}
	key := strings.Join(quoted, ".")
	switch {
	case v.Is(document.String):
		return key + " = " + tomlString(manager.WithoutPasswords(v.Text)) + "\n", true
	case v.Text == "true" || v.Text == "false":
		return key + " = " + v.Text + "\n", true
	}
	if _, err := strconv.Atoi(v.Text); err == nil {
		return key + " = " + v.Text + "\n", true
	}
	return "", false
}

// tomlString is a basic string (https://toml.io/en/v1.0.0#string).
func tomlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
