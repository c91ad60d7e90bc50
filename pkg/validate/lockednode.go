package validate

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// readNPMLock reads package-lock.json of all versions, by node_modules path.
func readNPMLock(text string) (map[string]locked, error) {
	lock, err := parseNPMLock(text)
	if err != nil {
		return nil, err
	}
	all := map[string]locked{}
	for key, e := range lock.Packages {
		i := strings.LastIndex(key, "node_modules/")
		if i < 0 || e.Link {
			continue // the root, workspace members and links to them
		}
		name := e.Name
		if name == "" {
			name = key[i+len("node_modules/"):]
		}
		all[key] = locked{name: name, version: e.Version, source: e.Resolved, sum: e.Integrity}
	}
	return all, nil
}

// readPNPMLock reads pnpm-lock.yaml of versions 5 to 9. Packages that only stand below snapshots are the same again with
// their peers.
func readPNPMLock(text string) (map[string]locked, error) {
	doc, _, err := document.ParseYAML([]byte(text))
	if err != nil {
		return nil, err
	}
	all := map[string]locked{}
	for _, f := range doc.Get("packages").Map() {
		key, _, _ := strings.Cut(strings.TrimPrefix(f.Key, "/"), "(")
		name, version := splitAt(key)
		if version == "" { // version 5 writes /name/1.0.0_peers
			if i := strings.LastIndex(key, "/"); i > 0 {
				name, version = key[:i], key[i+1:]
			}
		}
		resolution := f.Value.Get("resolution")
		e := locked{name: name, version: version, sum: resolution.Get("integrity").Str(), source: resolution.Get("tarball").Str()}
		if own := f.Value.Get("name").Str(); own != "" {
			e.name, e.version = own, f.Value.Get("version").Str()
		}
		if repo := resolution.Get("repo").Str(); repo != "" {
			e.source = "git+" + repo + "#" + resolution.Get("commit").Str()
		}
		if strings.Contains(version, "://") || strings.HasPrefix(version, "git") {
			e.source = "git " + version
		}
		all[f.Key] = e
	}
	return all, nil
}

// splitAt splits name@version; a scope's own @ is part of the name.
func splitAt(key string) (name, version string) {
	if key == "" {
		return "", ""
	}
	if i := strings.Index(key[1:], "@"); i >= 0 {
		return key[:i+1], key[i+2:]
	}
	return key, ""
}

// readYarnLock reads yarn.lock of version 1 and of Berry.
func readYarnLock(text string) (map[string]locked, error) {
	if !strings.Contains(text, "__metadata:") {
		return readYarnClassic(text)
	}
	doc, _, err := document.ParseYAML([]byte(text))
	if err != nil {
		return nil, err
	}
	all := map[string]locked{}
	for _, f := range doc.Map() {
		resolution := f.Value.Get("resolution").Str()
		name, reference := splitAt(resolution)
		if f.Key == "__metadata" || strings.HasPrefix(reference, "workspace:") {
			continue
		}
		e := locked{name: name, version: f.Value.Get("version").Str(), sum: f.Value.Get("checksum").Str()}
		if !strings.HasPrefix(reference, "npm:") {
			e.source = "yarn " + reference
		} else if i := strings.Index(reference, "::__archiveUrl="); i >= 0 {
			e.source = "yarn " + reference[i:]
		}
		all[resolution] = e
	}
	return all, nil
}

// readYarnClassic reads the entries of version 1: a line of requests, and fields indented below it.
func readYarnClassic(text string) (map[string]locked, error) {
	all := map[string]locked{}
	var e locked
	inside := false
	flush := func() error {
		if inside && e.version == "" {
			return fmt.Errorf("package %s has no version", e.name)
		}
		if inside {
			all[e.name+"@"+e.version] = e
		}
		inside, e = false, locked{}
		return nil
	}
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, "\r")
		switch {
		case line == "" || line[0] == '#':
		case line[0] != ' ':
			if err := flush(); err != nil {
				return nil, err
			}
			request, _, _ := strings.Cut(strings.TrimSuffix(line, ":"), ", ")
			e.name, request = splitAt(strings.Trim(request, `"`))
			if rest, ok := strings.CutPrefix(request, "npm:"); ok { // an alias: what it stands for is what is installed
				if name, _ := splitAt(rest); name != "" {
					e.name = name
				}
			}
			inside = true
		case strings.HasPrefix(line, "  ") && len(line) > 2 && line[2] != ' ':
			field, value, _ := strings.Cut(line[2:], " ")
			switch value = strings.Trim(value, `"`); field {
			case "version":
				e.version = value
			case "resolved":
				e.source, _, _ = strings.Cut(value, "#")
				if strings.HasPrefix(value, "git") {
					e.source = value
				}
			case "integrity":
				e.sum = value
			}
		}
	}
	return all, flush()
}

// readBunLock reads the packages of bun.lock: lists of name@version, registry, needs and checksum.
func readBunLock(text string) (map[string]locked, error) {
	doc, _, err := document.ParseJSONC([]byte(text))
	if err != nil {
		return nil, err
	}
	all := map[string]locked{}
	for _, f := range doc.Get("packages").Map() {
		items := f.Value.List()
		if len(items) == 0 {
			return nil, fmt.Errorf("package %s is no list", f.Key)
		}
		name, version := splitAt(items[0].Str())
		if strings.HasPrefix(version, "workspace:") {
			continue
		}
		e := locked{name: name, version: version}
		if len(items) >= 4 {
			e.source, e.sum = items[1].Str(), items[3].Str()
		} else {
			e.source = "bun " + version // a repository, a file or an archive
		}
		all[f.Key] = e
	}
	return all, nil
}

// parseNPMLock returns the part of package-lock.json that the guard needs, version 1 under the keys of later ones.
func parseNPMLock(text string) (lockfile, error) {
	var lock lockfile
	if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "\ufeff")), &lock); err != nil {
		return lock, err
	}
	if len(lock.Packages) == 0 && len(lock.Nested) > 0 {
		lock.Packages = map[string]lockEntry{}
		return lock, flatten(lock.Nested, "", lock.Packages, 0)
	}
	return lock, nil
}
