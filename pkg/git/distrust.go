package git

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// setting is one value of git's configuration.
type setting struct {
	key, value string
}

// variables hands settings to git by the environment, where a key may hold any character.
func variables(config []setting) []string {
	env := []string{fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(config))}
	for i, s := range config {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, s.key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, s.value))
	}
	return env
}

// distrust overrides each program that the repository's own configuration names and a command here could start. The
// user's and the system's configuration stay in force: git runs those programs for the user anyway.
func (r *Repo) distrust(ctx context.Context) error {
	out, err := r.output(ctx, nil, "config", "--list", "--show-scope", "-z")
	if err != nil {
		return err
	}
	own, trusted := scopes(out)
	for _, key := range own {
		value, isProgram := harmless(key)
		if !isProgram {
			continue
		}
		if given, ok := trusted[key]; ok && !strings.HasPrefix(key, "filter.") {
			value = given
		}
		r.config = append(r.config, setting{key, value})
		if name, isFilter := strings.CutPrefix(key, "filter."); isFilter { // a filter that fails is no error then
			r.config = append(r.config, setting{"filter." + name[:strings.LastIndex(name, ".")] + ".required", "false"})
		}
	}
	return nil
}

// scopes parts the output of config --list --show-scope -z into the keys that the repository sets, sorted, and what the
// user and the system say.
func scopes(out string) (own []string, trusted map[string]string) {
	trusted = map[string]string{}
	fields := strings.Split(out, "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		key, value, _ := strings.Cut(fields[i+1], "\n")
		switch fields[i] {
		case "system", "global":
			trusted[key] = value
		case "command": // ours
		default:
			own = append(own, key)
		}
	}
	slices.Sort(own)
	return slices.Compact(own), trusted
}

// harmless reports whether key names a program, and what to set in its place.
func harmless(key string) (value string, isProgram bool) {
	switch key {
	case "gpg.program", "gpg.openpgp.program":
		return "gpg", true
	case "gpg.x509.program":
		return "gpgsm", true
	case "gpg.ssh.program":
		return "ssh-keygen", true
	case "gpg.ssh.defaultkeycommand":
		return "", true
	}
	if !strings.HasPrefix(key, "filter.") {
		return "", false
	}
	for _, end := range []string{".clean", ".smudge", ".process"} {
		if strings.HasSuffix(key, end) && len(key) > len("filter.")+len(end)-1 {
			return "", true
		}
	}
	return "", false
}
