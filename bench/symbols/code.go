package main

import (
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/pkg/syntax"
)

// code is the files of one version of a package.
type code struct {
	mains []string
	files map[string]syntax.File
	texts map[string][]string // lines
}

// function is a definition in a file.
type function struct{ file, name string }

var aside = regexp.MustCompile(`(?:^|/)(?:tests?|spec|examples?|docs?|bench|benchmarks?|node_modules|coverage)/|\.min\.js$|(?:^|/)dist/.*\.(?:umd|min|bundle)\.|\.test\.|\.spec\.`)

// read parses the files of code below dir.
func read(ctx context.Context, dir string) (*code, error) {
	c := &code{files: map[string]syntax.File{}, texts: map[string][]string{}}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		rel = filepath.ToSlash(rel)
		if language, ok := syntax.LanguageOf(rel); !ok || language != syntax.JavaScript || aside.MatchString(rel) {
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		f, err := syntax.Read(ctx, rel, data)
		if err != nil {
			return nil // too large: not code that people wrote
		}
		c.files[rel], c.texts[rel] = f, strings.Split(string(data), "\n")
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	var m struct {
		Main    any `json:"main"`
		Module  any `json:"module"`
		Exports any `json:"exports"`
	}
	data, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil, err
	}
	_ = json.Unmarshal(data, &m) // odd fields are as none
	for _, v := range []any{m.Main, m.Module, "index.js"} {
		if main, ok := v.(string); ok {
			if file := c.resolve("package.json", "./"+main); file != "" && !slices.Contains(c.mains, file) {
				c.mains = append(c.mains, file)
			}
		}
	}
	if m.Main != nil && len(c.mains) > 1 {
		c.mains = c.mains[:1]
	}
	return c, nil
}

func (c *code) resolve(from, target string) string {
	if !strings.HasPrefix(target, ".") {
		return ""
	}
	base := path.Join(path.Dir(from), target)
	for _, candidate := range []string{base, base + ".js", base + ".cjs", base + ".mjs", base + "/index.js"} {
		if _, ok := c.files[candidate]; ok {
			return candidate
		}
	}
	return ""
}

// at returns the innermost function around a place; the file's export where none is.
func (c *code) at(sink string) []function {
	parts := strings.Split(sink, ":")
	if len(parts) < 2 {
		return nil
	}
	line, _ := strconv.Atoi(parts[1])
	f, ok := c.files[parts[0]]
	if !ok {
		return nil
	}
	name, size := "", 1<<30
	for _, d := range f.Defines {
		if d.Line <= line && line <= d.EndLine && d.EndLine-d.Line < size {
			name, size = d.Name, d.EndLine-d.Line
		}
	}
	return []function{{parts[0], name}}
}

// differ returns the functions whose own text another version changes or does not have.
func (c *code) differ(after *code) []function {
	var list []function
	for _, file := range slices.Sorted(maps.Keys(c.files)) {
		other, ok := after.files[file]
		if !ok {
			continue
		}
		then := map[string]string{}
		for _, d := range other.Defines {
			then[d.Name] += after.text(file, d, other.Defines)
		}
		now := map[string]string{}
		for _, d := range c.files[file].Defines {
			now[d.Name] += c.text(file, d, c.files[file].Defines)
		}
		for _, name := range slices.Sorted(maps.Keys(now)) {
			if then[name] != now[name] {
				list = append(list, function{file, name})
			}
		}
	}
	return list
}

var blanks = regexp.MustCompile(`\s+|//.*|/\*.*?\*/`)

// text is what stands in a function and in no function within it.
func (c *code) text(file string, d syntax.Definition, all []syntax.Definition) string {
	lines := slices.Clone(c.texts[file][d.Line-1 : d.EndLine])
	for _, inner := range all {
		if inner != d && inner.Line > d.Line && inner.EndLine < d.EndLine {
			for i := inner.Line; i <= inner.EndLine; i++ {
				lines[i-d.Line] = ""
			}
		}
	}
	var kept []string
	for _, line := range lines {
		if t := strings.TrimSpace(line); !strings.HasPrefix(t, "*") && !strings.HasPrefix(t, "/*") {
			kept = append(kept, blanks.ReplaceAllString(line, ""))
		}
	}
	return strings.Join(kept, "")
}
