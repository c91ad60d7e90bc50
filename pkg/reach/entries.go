package reach

import (
	"encoding/json"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// What starts a program is no test, whatever its name: a service that tests something is often called so.
var (
	starts  = regexp.MustCompile(`(?i)^\s*(?:CMD|ENTRYPOINT|web|worker|release|clock|command|entrypoint)\b`)
	scripts = regexp.MustCompile(`[\w./-]+\.(?:[mc]?[jt]s|py)\b`)
)

const maxStarts = 1000 // files that are read for it

// startTests takes the files for production code that a Dockerfile, a Procfile, a compose file or a package.json starts.
func (t *tree) startTests() {
	read := 0
	for _, file := range slices.Sorted(maps.Keys(t.names)) {
		base := strings.ToLower(path.Base(file))
		isPackage := base == "package.json"
		if !isPackage && base != "procfile" && !strings.HasPrefix(base, "dockerfile") && !strings.HasPrefix(base, "docker-compose") && !strings.HasPrefix(base, "compose.y") {
			continue
		}
		if read++; read > maxStarts {
			return
		}
		data, err := t.files.Read(file)
		if err != nil || len(data) > 1<<20 {
			continue
		}
		var texts []string
		if isPackage {
			texts = started(data)
		} else {
			for line := range strings.SplitSeq(string(data), "\n") {
				if starts.MatchString(line) {
					texts = append(texts, line)
				}
			}
		}
		for _, text := range texts {
			for _, name := range scripts.FindAllString(text, 20) {
				for _, at := range []string{path.Join(path.Dir(file), name), path.Clean(name)} {
					if s, ok := t.sources[at]; ok && s.Test {
						s.Test = false
						t.sources[at] = s
					}
				}
			}
		}
	}
}

// started returns what a package.json says of the files that the package is used or started by.
func started(data []byte) []string {
	var p struct {
		Main, Module any
		Bin, Exports any
		Scripts      map[string]any
	}
	if json.Unmarshal(data, &p) != nil {
		return nil
	}
	var texts []string
	for _, v := range []any{p.Main, p.Module, p.Bin, p.Exports, p.Scripts["start"], p.Scripts["serve"], p.Scripts["server"], p.Scripts["prod"], p.Scripts["production"]} {
		if v == nil {
			continue
		}
		if text, err := json.Marshal(v); err == nil {
			texts = append(texts, string(text))
		}
	}
	return texts
}
