package python

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// declare writes what direct upgrades ask for into the manifests that declare them, and returns those that change.
func declare(p fettle.Project, files map[string]string, upgrades []fettle.Upgrade) (map[string]string, error) {
	texts := map[string]string{}
	for _, u := range upgrades {
		if u.Kind != fettle.Direct {
			continue
		}
		found := false
		for _, file := range manifests(p, u) {
			text, ok := texts[file]
			if !ok {
				text, ok = files[file]
			}
			if !ok {
				continue
			}
			for _, r := range python.Declared(file, []byte(text)) {
				if r.Name != python.Normalize(u.Package.Name) {
					continue
				}
				if r.Address != "" {
					return nil, fmt.Errorf("%s:%d: %s comes from an address; move it by hand: %w", file, r.Line, r.Name, fettle.ErrRefused)
				}
				found = true
				if admitted(r.Spec, u.To) {
					continue
				}
				moved, err := editDeclared(text, r.Line, u)
				if err != nil {
					return nil, fmt.Errorf("%s:%d: %w", file, r.Line, err)
				}
				text = moved
			}
			if text != files[file] {
				texts[file] = text
			}
		}
		if !found {
			return nil, fmt.Errorf("no manifest of %s declares %s: %w", p.Lockfile, u.Package.Name, fettle.ErrRefused)
		}
	}
	return texts, nil
}

// admitted reports whether a declaration may stay as it is.
func admitted(spec, version string) bool {
	return strings.TrimSpace(spec) == "" || strings.TrimSpace(spec) == "*" || python.Admits(spec, version)
}

// declareIn moves the ranges of one manifest that do not admit what upgrades ask for.
func declareIn(root, file string, upgrades []fettle.Upgrade) (text string, changed bool, err error) {
	files, err := project.OpenFiles(root)
	if err != nil {
		return "", false, err
	}
	defer files.Close()
	data, err := files.Read(file)
	if err != nil {
		return "", false, fmt.Errorf("%s: %w: %w", file, err, fettle.ErrRefused)
	}
	text = string(data)
	for _, u := range upgrades {
		for _, r := range python.Declared(file, []byte(text)) {
			if r.Name != python.Normalize(u.Package.Name) || r.Address != "" || admitted(r.Spec, u.To) {
				continue
			}
			if text, err = editDeclared(text, r.Line, u); err != nil {
				return "", false, fmt.Errorf("%s:%d: %w", file, r.Line, err)
			}
		}
	}
	return text, text != string(data), nil
}
