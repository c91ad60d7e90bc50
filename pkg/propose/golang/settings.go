package golang

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// passed are the settings of the user that say where modules come from and which of them are private. None holds a secret
// once addresses are stripped of passwords.
var passed = []string{"GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE", "GOVCS"}

// Settings returns the environment of the go command: modules are kept in a folder of cache, and come from where the user's
// environment and go env -w say, without passwords. No file of the repository is read.
func Settings(cache string, getenv func(string) string) []string {
	values := map[string]string{}
	file := getenv("GOENV")
	if file == "" {
		switch base := getenv("XDG_CONFIG_HOME"); {
		case base != "":
			file = filepath.Join(base, "go", "env")
		case getenv("HOME") != "":
			file = filepath.Join(getenv("HOME"), ".config", "go", "env")
		}
	}
	if file != "off" && filepath.IsAbs(file) {
		readSettings(file, values)
	}
	env := []string{"GOMODCACHE=" + filepath.Join(cache, "gomod")}
	for _, name := range passed {
		v := getenv(name)
		if v == "" {
			v = values[name]
		}
		if v != "" && !strings.ContainsAny(v, "\x00\n") {
			env = append(env, name+"="+manager.WithoutPasswords(v))
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
