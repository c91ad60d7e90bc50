package golang

import (
	"bufio"
	"context"
	"go/version"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// passed are the settings of the user that say where modules come from and which of them are private. None holds a secret
// once addresses are stripped of passwords.
var passed = []string{"GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE", "GOVCS"}

// fetch downloads the modules of a build. What could not be downloaded is the text: the packages may be there nevertheless.
func (w *workplace) fetch(ctx context.Context, j job) (string, error) {
	dir := filepath.Join(treeDir, filepath.FromSlash(j.Dir))
	if w.vendored(j) || w.analyst.Settings.Client == nil {
		return "", nil
	}
	w.log("reachability: go mod download in %s", place(j.Dir))
	env := userSettings(w.analyst.Settings)
	r, err := w.run(ctx, j, sandbox.Command{Args: []string{"go", "mod", "download", "-modcacherw"}, Dir: dir, Env: env, Network: true, Timeout: fetchTime})
	if err != nil {
		return "", err
	}
	switch {
	case r.Ended != "":
		return "go mod download was ended by the " + r.Ended, nil
	case r.Code != 0:
		return "go mod download failed: " + w.plain(r.Output), nil
	}
	// The go.mod files of modules that no package of the build needs say what other builds would need.
	_, err = w.run(ctx, j, sandbox.Command{Args: []string{"go", "list", "-modcacherw", "-e", "-m", "all"}, Dir: dir, Env: env, Network: true, Timeout: fetchTime, Output: 1 << 10})
	return "", err
}

// vendored reports whether the go command takes modules from a vendor folder: it does since Go 1.14, and for workspaces where
// the folder is of one.
func (w *workplace) vendored(j job) bool {
	dir := filepath.Join(w.dir, treeDir, filepath.FromSlash(j.Dir))
	if _, err := os.Lstat(filepath.Join(dir, "vendor", "modules.txt")); err != nil {
		return false
	}
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if j.Work || err != nil {
		return j.Work
	}
	f, err := modfile.ParseLax("go.mod", data, nil)
	return err == nil && f.Go != nil && version.Compare("go"+f.Go.Version, "go1.14") >= 0
}

// userSettings returns what the user's environment says, and what go env -w wrote for it; never a file of the repository.
func userSettings(s project.Settings) []string {
	values := map[string]string{}
	file := s.Env("GOENV")
	if file == "" {
		switch base := s.Env("XDG_CONFIG_HOME"); {
		case base != "":
			file = filepath.Join(base, "go", "env")
		case s.Home != "":
			file = filepath.Join(s.Home, ".config", "go", "env")
		}
	}
	if file != "off" && filepath.IsAbs(file) {
		readSettings(file, values)
	}
	var env []string
	for _, name := range passed {
		v := s.Env(name)
		if v == "" {
			v = values[name]
		}
		if v != "" && !strings.ContainsRune(v, 0) {
			env = append(env, name+"="+withoutPasswords(v))
		}
	}
	return env
}

func readSettings(file string, values map[string]string) {
	f, err := os.Open(file)
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok && !strings.HasPrefix(name, "#") {
			values[name] = value
		}
	}
}

var address = regexp.MustCompile(`(?i)[a-z]+://[^,|\s]+`)

// withoutPasswords strips user and password from the addresses in a setting: neither phase sees a secret.
func withoutPasswords(value string) string {
	return address.ReplaceAllStringFunc(value, func(text string) string {
		u, err := url.Parse(text)
		if err != nil {
			return ""
		}
		u.User = nil
		return u.String()
	})
}
