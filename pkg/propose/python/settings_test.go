package python

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettingsNameTheUsersIndexesWithoutSecrets(t *testing.T) {
	home := t.TempDir()
	for name, text := range map[string]string{
		".config/pip/pip.conf": "[global]\nindex-url = https://user:token@registry.example/simple\nextra-index-url =\n    https://one.example/simple\n    https://two.example/simple\nproxy = http://secret@proxy.example\n\n[install]\nindex-url = https://not.example\n",
		".config/uv/uv.toml":   "[[index]]\nname = \"own\"\nurl = \"https://token@uv.example/simple\"\n",
	} {
		file := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"HOME": home, "PIP_CERT": "/etc/ca.pem", "PIP_TOKEN": "secret", "UV_PUBLISH_TOKEN": "secret", "PIP_FIND_LINKS": "/wheels"}
	got := Settings("/cache", func(name string) string { return env[name] })
	want := []string{
		"PIP_CACHE_DIR=/cache/pip", "PIP_CERT=/etc/ca.pem", "PIP_EXTRA_INDEX_URL=https://one.example/simple https://two.example/simple",
		"PIP_INDEX_URL=https://registry.example/simple", "POETRY_CACHE_DIR=/cache/poetry", "REQUESTS_CA_BUNDLE=/etc/ca.pem",
		"UV_CACHE_DIR=/cache/uv", "UV_DEFAULT_INDEX=https://registry.example/simple", "UV_INDEX=own=https://uv.example/simple",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	env = map[string]string{"PIP_INDEX_URL": "https://a:b@env.example/simple"}
	if diff := cmp.Diff([]string{"PIP_INDEX_URL=https://env.example/simple", "UV_DEFAULT_INDEX=https://env.example/simple"}, Settings("", func(name string) string { return env[name] })); diff != "" {
		t.Error(diff)
	}
}
