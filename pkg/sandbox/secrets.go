package sandbox

import (
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxSecretFile bounds what is read of a file to see whether it holds a secret.
const maxSecretFile = 1 << 20

var (
	secretName = regexp.MustCompile(`(^|_)(TOKEN|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|PASS|PAT|APIKEY|KEY|CREDENTIALS?)$|^AWS_(ACCESS_KEY_ID|WEB_IDENTITY_TOKEN_FILE|CONTAINER_CREDENTIALS_\w+)$|^SSH_AUTH_SOCK$`)
	// userInfo is the user and password of an address.
	userInfo = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@`)
)

// publicNames are variables that read as secrets and are none: images of languages name the key that signed a release.
var publicNames = []string{"GPG_KEY"}

// secretFiles are where people and tools keep what they log in with, below a home directory. A pattern tells those that hold a
// secret from those that need not.
var secretFiles = []struct{ name, holds string }{
	{".ssh", ""},
	{".gnupg/private-keys-v1.d", ""},
	{".netrc", `password`},
	{".git-credentials", ""},
	{".config/git/credentials", ""},
	{".gitconfig", `(?i)extraheader|://[^/\s:@]*:[^/\s@]+@`},
	{".config/gh/hosts.yml", "token"},
	{".aws/credentials", ""},
	{".aws/sso/cache", ""},
	{".azure/msal_token_cache.json", ""},
	{".config/gcloud/application_default_credentials.json", ""},
	{".config/gcloud/credentials.db", ""},
	{".kube/config", ""},
	{".docker/config.json", `"(auth|identitytoken|credsStore|credHelpers)"`},
	{".npmrc", `_auth|_password`},
	{".yarnrc.yml", `npmAuth`},
	{".m2/settings.xml", `<(password|passphrase)>`},
	{".m2/settings-security.xml", ""},
	{".gradle/gradle.properties", `(?i)(password|token|secret|key)\w*\s*=`},
	{".pypirc", `password`},
	{".config/pip/pip.conf", `://[^/\s:@]*:[^/\s@]+@`},
	{".config/pypoetry/auth.toml", ""},
	{".cargo/credentials", ""},
	{".cargo/credentials.toml", ""},
	{".gem/credentials", ""},
	{".bundle/config", `(?i)BUNDLE_\w+__\w+`},
	{".composer/auth.json", ""},
	{".config/composer/auth.json", ""},
	{".nuget/NuGet/NuGet.Config", `(?i)password`},
}

// machineFiles are the same for the whole machine, and sockets that obey who connects.
var machineFiles = []struct{ name, holds string }{
	{"/var/run/docker.sock", ""},
	{"/run/docker.sock", ""},
	{"/run/podman/podman.sock", ""},
	{"/run/secrets", ""},
	{"/var/run/secrets/kubernetes.io/serviceaccount/token", ""},
	{"/etc/npmrc", `_auth|_password`},
	{"/etc/pip.conf", `://[^/\s:@]*:[^/\s@]+@`},
}

// Secrets names what is in reach of a process with this environment, and would let whoever reads it act elsewhere: variables
// by their names, files by their paths. The values are in none of it. Root is the file system, os.DirFS("/").
func Secrets(environ []string, root fs.FS) []string {
	vars := map[string]string{}
	var found []string
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		vars[name] = value
		upper := strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if value == "" || slices.Contains(publicNames, upper) {
			continue
		}
		if secretName.MatchString(upper) || userInfo.MatchString(value) {
			found = append(found, name)
		}
	}
	if home := vars["HOME"]; path.IsAbs(home) {
		for _, f := range secretFiles {
			if holds(root, path.Join(home, f.name), f.holds) {
				found = append(found, "~/"+f.name)
			}
		}
	}
	for _, f := range machineFiles {
		if holds(root, f.name, f.holds) {
			found = append(found, f.name)
		}
	}
	// A checkout step leaves its token in the configuration of the repository.
	for _, name := range []string{"GITHUB_WORKSPACE", "CI_PROJECT_DIR", "PWD"} {
		if dir := vars[name]; path.IsAbs(dir) && holds(root, path.Join(dir, ".git/config"), `(?i)extraheader|://[^/\s:@]*:[^/\s@]+@`) {
			found = append(found, path.Join(dir, ".git/config"))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// harmlessKeys are the files of ~/.ssh that let nobody in.
var harmlessKeys = regexp.MustCompile(`^(known_hosts.*|config|authorized_keys|environment|rc|.*\.pub)$`)

// holds reports whether a file is there and holds a pattern. A directory holds any file but those that are no keys.
func holds(root fs.FS, name, pattern string) bool {
	name = strings.TrimPrefix(path.Clean(name), "/")
	info, err := fs.Stat(root, name)
	if err != nil {
		return false
	}
	if info.IsDir() {
		entries, err := fs.ReadDir(root, name)
		if err != nil {
			return false
		}
		return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !harmlessKeys.MatchString(e.Name()) })
	}
	if pattern == "" || !info.Mode().IsRegular() {
		return true
	}
	f, err := root.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecretFile))
	return err == nil && regexp.MustCompile(pattern).Match(text)
}
