package python

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

const maxConfigured = 32 << 20 // of all files that logging may be configured by

// keyed matches the keys by which configuration names classes.
var keyed = regexp.MustCompile(`["']?(\bclass|\(\)|\bfactory|\b_target_|\bclass_name|\bfunc)["']?\s*[:=]`)

// configured doubts what files name that Mentions does not take for configuration, but that the program opens, or that may
// configure its logging: of these a class in any package is loaded.
func (w *world) configured(ctx context.Context, said map[string]bool) error {
	if w.p.Files == nil {
		return nil
	}
	at, opened, logs := fettle.Location{}, map[string]bool{}, false
	for _, s := range w.sources {
		if s.Test {
			continue
		}
		if line := configuresLogging(s); line > 0 && !logs {
			logs, at = true, fettle.Location{Path: s.Path, Line: line}
		}
		for text := range s.Strings {
			if base := path.Base(text); strings.Contains(base, ".") && !strings.HasSuffix(base, ".py") {
				opened[base] = true
			}
		}
	}
	if !logs && len(opened) == 0 {
		return nil
	}
	total, entries, folders := 0, 0, []string{w.p.Project.Dir}
	for n := 0; n < len(folders); n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		names := w.p.Files.List(folders[n])
		if entries += len(names); n >= maxFolders || entries > maxEntries {
			if logs {
				w.doubtAll("configures logging, and more folders and files than are looked at may hold how", at)
			}
			return nil
		}
		for _, name := range names {
			file := path.Join(folders[n], name)
			if !w.p.Files.Is(file) {
				if name != ".git" && name != "node_modules" && name != "site-packages" && !isTest(file+"/x") && !w.p.Files.Is(path.Join(file, "pyvenv.cfg")) {
					folders = append(folders, file)
				}
				continue
			}
			if (Analyst{}).Mentions(file) && path.Ext(name) != "" || ignoredOther(strings.ToLower(name), path.Ext(name)) || isSource(name) ||
				!opened[name] && (!logs || path.Ext(strings.ToLower(name)) != ".json") {
				continue
			}
			data, err := w.p.Files.Read(file)
			if total += len(data); err != nil || len(data) > maxOther || total > maxConfigured {
				if logs {
					w.doubtAll(file+" may configure the program's logging, and is too large or cannot be read", at)
					return nil
				}
				continue
			}
			if keyed.Match(data) || logs && opened[name] {
				w.mentions(file, data, said)
			}
		}
	}
	return nil
}

// isSource reports whether the file is one of Python, which is read as such.
func isSource(name string) bool {
	return slices.Contains([]string{".py", ".pyi", ".pyc", ".so"}, path.Ext(name))
}

// configuresLogging returns the line where a source takes the functions that configure logging by names of classes; 0 for none.
func configuresLogging(s program.Source) int {
	for _, i := range s.Imports {
		if i.Target == "logging.config" || i.Target == "logging" && slices.ContainsFunc(i.Names, func(n syntax.Name) bool { return n.Name == "config" }) {
			return max(i.Line, 1)
		}
	}
	return 0
}
