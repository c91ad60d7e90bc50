package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// npm's answer is played by a script, so that the settings of this machine do not matter.
func TestOnlySettingsThatSayWherePackagesComeFromReachTheSandbox(t *testing.T) {
	dir := t.TempDir()
	script := `#!/bin/sh
cat <<'J'
{"registry": "https://ann:hunter2@packages.example/npm/", "//packages.example/:_authToken": "npm_secret", "_auth": "c2VjcmV0",
 "@acme:registry": "https://acme.example/", "strict-ssl": false, "https-proxy": "http://proxy.example:3128",
 "script-shell": "/tmp/evil", "git": "/tmp/evil", "node-options": "--require /tmp/evil", "cert": "secret", "key": "secret",
 "noproxy": ["a", "b"], "cafile": "/etc/ssl/own.pem"}
J
`
	if err := os.WriteFile(filepath.Join(dir, "npm"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	got := npmSettings(t.Context(), &environment{environ: os.Environ()}, t.TempDir())
	for _, want := range []string{"npm_config_registry=https://packages.example/npm/", "npm_config_@acme:registry=https://acme.example/",
		"npm_config_strict_ssl=false", "npm_config_https_proxy=http://proxy.example:3128", "npm_config_cafile=/etc/ssl/own.pem",
		"npm_config_git=git", "npm_config_ignore_scripts=true"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing from %q", want, got)
		}
	}
	for _, word := range []string{"secret", "hunter2", "evil", "c2VjcmV0", "_auth"} {
		if strings.Contains(strings.Join(got, "\n"), word) {
			t.Errorf("%q reaches the sandbox: %q", word, got)
		}
	}
}
