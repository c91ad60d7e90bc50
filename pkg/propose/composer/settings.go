package composer

import (
	"encoding/json"
	"io"
	"net/url"
	"os"
	"path/filepath"
)

// maxConfig bounds a configuration file, in bytes.
const maxConfig = 1 << 20

// Settings returns the environment of Composer, whose cache is a folder of cache, and its configuration: the repositories
// that the user's own one names, without credentials. No file of the repository is read.
func Settings(cache string, getenv func(string) string) (env []string, config string) {
	env = []string{"COMPOSER_CACHE_DIR=" + filepath.Join(cache, "composer")}
	var places []string
	if home := getenv("COMPOSER_HOME"); home != "" {
		places = append(places, home)
	} else if home := getenv("HOME"); home != "" {
		base := getenv("XDG_CONFIG_HOME")
		if base == "" {
			base = filepath.Join(home, ".config")
		}
		places = append(places, filepath.Join(home, ".composer"), filepath.Join(base, "composer"))
	}
	for _, place := range places {
		if !filepath.IsAbs(place) {
			continue
		}
		f, err := os.Open(filepath.Join(place, "config.json"))
		if err != nil {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(f, maxConfig))
		f.Close()
		if text, ok := scrubbed(data); err == nil && ok {
			return env, text
		}
	}
	return env, "{}"
}

// kept are the settings that say how packages are fetched.
var kept = []string{"secure-http", "disable-tls", "cafile", "capath"}

// scrubbed keeps of a configuration what says where packages come from.
func scrubbed(data []byte) (string, bool) {
	var doc struct {
		Config       map[string]any `json:"config"`
		Repositories any            `json:"repositories"`
	}
	if json.Unmarshal(data, &doc) != nil {
		return "", false
	}
	config := map[string]any{}
	for _, name := range kept {
		if v, ok := doc.Config[name]; ok {
			config[name] = v
		}
	}
	out := map[string]any{"config": config}
	switch list := doc.Repositories.(type) {
	case map[string]any:
		for name, r := range list {
			list[name] = repository(r)
		}
		out["repositories"] = list
	case []any:
		for i, r := range list {
			list[i] = repository(r)
		}
		out["repositories"] = list
	}
	text, err := json.Marshal(out)
	return string(text), err == nil
}

// repository drops what may hold a secret: options of the connection, and user and password of the address.
func repository(v any) any {
	r, ok := v.(map[string]any)
	if !ok {
		return v
	}
	delete(r, "options")
	if text, ok := r["url"].(string); ok {
		if u, err := url.Parse(text); err == nil {
			u.User = nil
			r["url"] = u.String()
		} else {
			delete(r, "url")
		}
	}
	return r
}
