package propose

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// derive asks npm for upgrades on the tree at root and returns the new text of each file that changes, by its path from
// root. No text at all means that the tree needs no change. npm first resolves with each version pinned exactly, then once
// more with the ranges that stay, which keeps what is locked: so the smallest version is locked, not the newest.
func (n *NPM) derive(ctx context.Context, root string, project fettle.Project, upgrades []fettle.Upgrade) (map[string]string, error) {
	s, err := n.stage(root, project)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(s.dir)
	key := s.key(upgrades)
	if texts, ok := n.drafted[key]; ok {
		return texts, nil
	}
	normal, err := n.normalLock(ctx, s)
	if err != nil {
		return nil, err
	}
	pinned, final, err := s.manifests(project, upgrades)
	if err != nil {
		return nil, err
	}
	for _, manifests := range []map[string]string{pinned, final} {
		if err := s.write(manifests); err != nil {
			return nil, err
		}
		if err := n.resolve(ctx, s); err != nil {
			return nil, err
		}
		if maps.Equal(pinned, final) {
			break
		}
	}
	data, err := os.ReadFile(filepath.Join(s.dir, s.lock))
	if err != nil {
		return nil, err
	}
	derived, err := keepSources(s.files[s.lock], string(data))
	if err != nil {
		return nil, err
	}
	lock, err := n.mergeLock(ctx, s.files[s.lock], normal, derived, project)
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for name, text := range final {
		if text != s.files[name] {
			texts[path.Join(project.Dir, name)] = text
		}
	}
	if lock != s.files[s.lock] {
		texts[path.Join(project.Dir, s.lock)] = lock
	}
	n.drafted[key] = texts
	if lock == string(data) { // npm's own text, which it keeps if asked again
		maps.Copy(s.files, final)
		s.files[s.lock] = lock
		n.normal[s.key(nil)] = lock
	}
	return texts, nil
}

// normalLock returns the lockfile that npm writes for the unchanged stage: what differs from the original is npm's own
// habit, not a fix.
func (n *NPM) normalLock(ctx context.Context, s *stage) (string, error) {
	key := s.key(nil)
	if text, ok := n.normal[key]; ok {
		return text, nil
	}
	if err := n.resolve(ctx, s); err != nil {
		return "", err
	}
	data, err := os.ReadFile(filepath.Join(s.dir, s.lock))
	if err != nil {
		return "", err
	}
	n.normal[key] = string(data)
	return string(data), s.write(map[string]string{s.lock: s.files[s.lock]})
}

// resolve lets npm bring the lockfile in step with the manifests, in the lockfile's own version and habits.
func (n *NPM) resolve(ctx context.Context, s *stage) error {
	original := s.files[s.lock]
	args := []string{"install", "--package-lock-only", "--package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--no-dry-run"}
	if version := gjson.Get(original, "lockfileVersion").Int(); version >= 1 && version <= 3 {
		args = append(args, fmt.Sprintf("--lockfile-version=%d", version))
	}
	if strings.Contains(original, `"resolved": "http`) {
		args = append(args, "--no-omit-lockfile-registry-resolved")
	} else {
		args = append(args, "--omit-lockfile-registry-resolved")
	}
	_, err := n.client.npm(ctx, s.dir, args...)
	return err
}

func nodeOf(project fettle.Project, key string) *fettle.Node {
	at := slices.IndexFunc(project.Nodes, func(n fettle.Node) bool { return n.Key == key })
	if at < 0 {
		return nil
	}
	return &project.Nodes[at]
}

func nameOfKey(key string) string {
	i := strings.LastIndex("/"+key, "/node_modules/")
	if i < 0 {
		return path.Base(key)
	}
	return ("/" + key)[i+len("/node_modules/"):]
}
