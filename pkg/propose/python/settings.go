package python

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// addresses are the settings that say where packages come from; each may hold several.
var addresses = []string{"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL"}

// plainSettings hold no secrets and no addresses.
var plainSettings = []string{"PIP_CERT", "PIP_NO_INDEX", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "PIP_TRUSTED_HOST", "REQUESTS_CA_BUNDLE", "UV_HTTP_TIMEOUT",
	"UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_INDEX_STRATEGY", "UV_PYTHON_PREFERENCE"}

// Settings returns the environment in which the tools of Python find the indexes of the user's own configuration, without
// user names and passwords, and keep what they fetch below cache, which must exist; "" is nowhere. getenv looks up the user's
// environment.
func Settings(cache string, getenv func(string) string) []string {
	vars := map[string]string{}
	pipConfig(getenv, vars)
	uvConfig(getenv, vars)
	for _, name := range append(slices.Clone(addresses), plainSettings...) {
		if value := getenv(name); value != "" {
			vars[name] = value
		}
	}
	for _, name := range addresses {
		if vars[name] = withoutSecrets(vars[name]); vars[name] == "" {
			delete(vars, name)
		}
	}
	for _, bundle := range []string{vars["PIP_CERT"], getenv("SSL_CERT_FILE")} { // Poetry has no setting of its own
		if vars["REQUESTS_CA_BUNDLE"] == "" && filepath.IsAbs(bundle) {
			vars["REQUESTS_CA_BUNDLE"] = bundle
		}
	}
	if vars["UV_DEFAULT_INDEX"] == "" && vars["UV_INDEX_URL"] == "" && vars["PIP_INDEX_URL"] != "" {
		vars["UV_DEFAULT_INDEX"] = vars["PIP_INDEX_URL"] // uv does not read pip's configuration
	}
	if cache != "" {
		vars["PIP_CACHE_DIR"] = filepath.Join(cache, "pip")
		vars["UV_CACHE_DIR"] = filepath.Join(cache, "uv")
		vars["POETRY_CACHE_DIR"] = filepath.Join(cache, "poetry")
	}
	var list []string
	for name, value := range vars {
		if value != "" && !strings.ContainsAny(value, "\x00\n\r") {
			list = append(list, name+"="+value)
		}
	}
	slices.Sort(list)
	return list
}

// withoutSecrets leaves addresses as they are but for user and password. What is no address of the network is left out: a
// folder of the user's is not there in the sandbox.
func withoutSecrets(list string) string {
	var kept []string
	for _, word := range strings.Fields(list) {
		label, address, named := strings.Cut(word, "=") // uv names indexes
		if !named || strings.Contains(label, "/") {
			label, address = "", word
		}
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" {
			continue
		}
		u.User = nil
		if label != "" {
			kept = append(kept, label+"="+u.String())
		} else {
			kept = append(kept, u.String())
		}
	}
	return strings.Join(kept, " ")
}

// maxSettings bounds a configuration file, in bytes.
const maxSettings = 1 << 20

func readSettings(name string) string {
	info, err := os.Stat(name)
	if name == "" || err != nil || !info.Mode().IsRegular() || info.Size() > maxSettings {
		return ""
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	return string(data)
}

// pipConfig takes what the user's pip.conf says of indexes, the later file before the earlier. That of the system is there in
// the sandbox too.
func pipConfig(getenv func(string) string, vars map[string]string) {
	home := getenv("HOME")
	config := getenv("XDG_CONFIG_HOME")
	if config == "" && home != "" {
		config = filepath.Join(home, ".config")
	}
	var files []string
	if home != "" {
		files = append(files, filepath.Join(home, ".pip", "pip.conf"))
	}
	if config != "" {
		files = append(files, filepath.Join(config, "pip", "pip.conf"))
	}
	if env := getenv("VIRTUAL_ENV"); env != "" {
		files = append(files, filepath.Join(env, "pip.conf"))
	}
	if file := getenv("PIP_CONFIG_FILE"); file != "" && file != os.DevNull {
		files = append(files, file)
	}
	for _, file := range files {
		for key, value := range iniSection(readSettings(file), "global") {
			switch key {
			case "index-url", "extra-index-url", "trusted-host", "cert", "no-index":
				vars["PIP_"+strings.ToUpper(strings.ReplaceAll(key, "-", "_"))] = value
			}
		}
	}
}

// iniSection reads one section of an INI file: key = value, with further lines of a value indented.
func iniSection(text, section string) map[string]string {
	all := map[string]string{}
	inside, key := false, ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
		case trimmed[0] == '[':
			inside, key = strings.EqualFold(strings.Trim(trimmed, "[]"), section), ""
		case !inside:
		case (line[0] == ' ' || line[0] == '\t') && key != "":
			all[key] = strings.TrimSpace(all[key] + " " + trimmed)
		default:
			at := strings.IndexAny(trimmed, "=:")
			if at < 0 {
				continue
			}
			key = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(trimmed[:at]), "_", "-"))
			all[key] = strings.TrimSpace(trimmed[at+1:])
		}
	}
	return all
}

// uvConfig takes what the user's uv.toml says of indexes.
func uvConfig(getenv func(string) string, vars map[string]string) {
	config := getenv("XDG_CONFIG_HOME")
	if config == "" && getenv("HOME") != "" {
		config = filepath.Join(getenv("HOME"), ".config")
	}
	if config == "" {
		return
	}
	doc, _, err := document.ParseTOML([]byte(readSettings(filepath.Join(config, "uv", "uv.toml"))))
	if err != nil {
		return
	}
	vars["UV_INDEX_URL"] = doc.Get("index-url").Str()
	var extra []string
	for _, item := range doc.Get("extra-index-url").List() {
		extra = append(extra, item.Str())
	}
	vars["UV_EXTRA_INDEX_URL"] = strings.Join(extra, " ")
	var named []string
	for _, item := range doc.Get("index").List() {
		if item.Get("default").True() {
			vars["UV_DEFAULT_INDEX"] = item.Get("url").Str()
		} else if name := item.Get("name").Str(); nameForm.MatchString(name) {
			named = append(named, name+"="+item.Get("url").Str())
		} else {
			named = append(named, item.Get("url").Str())
		}
	}
	vars["UV_INDEX"] = strings.Join(named, " ")
}
