package sandbox

import (
	"net/url"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// plainVariables may reach a command in every phase; they hold no secrets.
var plainVariables = []string{
	"LANG", "LANGUAGE", "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME", "TZ",
}

// toolVariables say where a toolchain is installed; the value is where it is by default, below the home directory.
var toolVariables = []struct{ name, fallback string }{
	{"JAVA_HOME", ""},
	{"GOROOT", ""},
	{"GEM_HOME", ""},
	{"PYENV_ROOT", ".pyenv"},
	{"RBENV_ROOT", ".rbenv"},
	{"RUSTUP_HOME", ".rustup"},
	{"VOLTA_HOME", ".volta"},
	{"ASDF_DATA_DIR", ".asdf"},
	{"MISE_DATA_DIR", ".local/share/mise"},
}

// besideTools are toolchains that lie beside a directory of the PATH, where the home directory of this run is not the one
// that they were installed for.
var besideTools = []struct{ program, name, dir string }{
	{".cargo/bin", "RUSTUP_HOME", "../../.rustup"},
	{"cargo/bin", "RUSTUP_HOME", "../../rustup"},
}

// authorityVariables name certificate files or directories, and reach a command of the network phase.
var authorityVariables = []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"}

var proxyVariables = []string{
	"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
}

// environ returns the environment of a command: an allow-list of the parent's, then what the command adds.
func environ(lookup func(string) (string, bool), home, tmp, path string, c Command) []string {
	vars := map[string]string{"CI": "true", "HOME": home, "TMPDIR": tmp, "PATH": path}
	take := func(name string, clean func(string) string) {
		if v, ok := lookup(name); ok {
			if v = clean(v); v != "" && !strings.ContainsRune(v, 0) {
				vars[name] = v
			}
		}
	}
	asItIs := func(v string) string { return v }
	for _, name := range plainVariables {
		take(name, asItIs)
	}
	for _, tool := range toolDirs(lookup) {
		vars[tool.name] = tool.dir
	}
	if c.Network {
		for _, name := range authorityVariables {
			take(name, asItIs)
		}
		for _, name := range proxyVariables {
			if strings.EqualFold(name, "no_proxy") {
				take(name, asItIs)
			} else {
				take(name, withoutPassword)
			}
		}
	}
	for _, kv := range c.Env {
		if name, value, ok := strings.Cut(kv, "="); ok && name != "" {
			vars[name] = value
		}
	}
	env := make([]string, 0, len(vars))
	for name, value := range vars {
		env = append(env, name+"="+value)
	}
	sort.Strings(env)
	return env
}

// withoutPassword returns the proxy address without user and password, and "" where it cannot tell them apart.
func withoutPassword(proxy string) string {
	if !strings.Contains(proxy, "@") {
		return proxy
	}
	bare := !strings.Contains(proxy, "://")
	if bare {
		proxy = "http://" + proxy
	}
	u, err := url.Parse(proxy)
	if err != nil {
		return ""
	}
	u.User = nil
	if text := u.String(); !strings.Contains(text, "@") {
		if bare {
			text = strings.TrimPrefix(text, "http://")
		}
		return text
	}
	return ""
}

type toolDir struct{ name, dir string }

// toolDirs returns the toolchains that toolVariables lead to and that are there.
func toolDirs(lookup func(string) (string, bool)) []toolDir {
	home, _ := lookup("HOME")
	var dirs []toolDir
	for _, v := range toolVariables {
		dir, ok := lookup(v.name)
		if !ok && v.fallback != "" && filepath.IsAbs(home) {
			dir = filepath.Join(home, v.fallback)
		}
		if !filepath.IsAbs(dir) || within(filepath.Clean(dir), home) {
			continue
		}
		if _, err := realDir(dir); err == nil {
			dirs = append(dirs, toolDir{v.name, filepath.Clean(dir)})
		}
	}
	for _, program := range searchPath(lookup) {
		for _, t := range besideTools {
			known := slices.ContainsFunc(dirs, func(d toolDir) bool { return d.name == t.name })
			if known || !strings.HasSuffix(program, "/"+t.program) {
				continue
			}
			dir := filepath.Join(program, t.dir)
			if _, err := realDir(dir); err == nil && !within(dir, home) {
				dirs = append(dirs, toolDir{t.name, dir})
			}
		}
	}
	return dirs
}

var usualPath = []string{"/usr/local/bin", "/usr/bin", "/bin"}

// searchPath returns the absolute directories of the parent's PATH that are there, and a usual one where it has none.
func searchPath(lookup func(string) (string, bool)) []string {
	text, _ := lookup("PATH")
	var dirs []string
	seen := map[string]bool{}
	for _, dir := range filepath.SplitList(text) {
		if !filepath.IsAbs(dir) {
			continue
		}
		dir = filepath.Clean(dir)
		if _, err := realDir(dir); err != nil || seen[dir] {
			continue
		}
		seen[dir] = true
		dirs = append(dirs, dir)
	}
	if len(dirs) == 0 {
		return usualPath
	}
	return dirs
}
