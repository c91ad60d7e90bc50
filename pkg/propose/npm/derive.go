package npm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// derivation is what deriving gave.
type derivation struct {
	texts map[string]string // by path from the project: two projects may be alike
	err   error             // a refusal
}

// Derive asks npm for upgrades on the tree at root and returns the new text of each file that changes, by its path from
// root. No text at all means that the tree needs no change. npm first resolves with each version pinned exactly; the lockfile
// then stays as it is with the ranges that stay, so the smallest version is locked, not the newest.
func (n *NPM) Derive(ctx context.Context, root string, project fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	n.start()
	s, err := OpenStage(n.Temp, root, project, func(name string) bool { return name == ".npmrc" })
	if err != nil {
		return manager.Derivation{}, err
	}
	defer os.RemoveAll(s.Dir)
	key := s.Key(upgrades)
	d, ok := n.drafted[key]
	if !ok {
		d.texts, d.err = n.deriveIn(ctx, s, project, upgrades)
		if d.err == nil || refused(d.err) && !errors.Is(d.err, manager.ErrRegistry) {
			n.drafted[key] = d
		}
	}
	placed := map[string]string{}
	for name, text := range d.texts {
		placed[path.Join(project.Dir, name)] = text
	}
	err = d.err
	if refused(err) && !errors.Is(err, fettle.ErrRefused) && !errors.Is(err, manager.ErrRegistry) {
		err = fmt.Errorf("%w: %w", err, fettle.ErrRefused)
	}
	return manager.Derivation{Texts: placed}, err
}

// refused reports whether err is a verdict on what was asked of npm, not a fault of the run.
func refused(err error) bool {
	return errors.Is(err, fettle.ErrRefused) || errors.Is(err, manager.ErrRegistry) || errors.As(err, new(*refusalError))
}

func (n *NPM) deriveIn(ctx context.Context, s *Stage, project fettle.Project, upgrades []fettle.Upgrade) (map[string]string, error) {
	normal, err := n.normalLock(ctx, s)
	if err != nil {
		return nil, err
	}
	pinned, final, err := s.manifests(project, upgrades)
	if err != nil {
		return nil, err
	}
	derived, err := n.resolve(ctx, s, pinned)
	if err != nil {
		return nil, err
	}
	if !maps.Equal(pinned, final) {
		settled, ok, err := n.settled(ctx, s, project, derived, pinned, final, upgrades)
		if err != nil {
			return nil, err
		}
		if !ok {
			if settled, err = n.resolve(ctx, s, final); err != nil {
				return nil, err
			}
		}
		derived = settled
	}
	if derived, err = keepSources(s.Files[s.Lock], derived); err != nil {
		return nil, err
	}
	lock, err := n.mergeLock(ctx, s.Files[s.Lock], normal, derived, project)
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for name, text := range final {
		if text != s.Files[name] {
			texts[name] = text
		}
	}
	if lock != s.Files[s.Lock] {
		texts[s.Lock] = lock
	}
	after := Stage{Files: maps.Clone(s.Files)}
	maps.Copy(after.Files, final)
	after.Files[s.Lock] = lock
	n.normal[after.Key(nil)] = derived
	return texts, nil
}

// normalLock returns the lockfile that npm writes for the unchanged stage: what differs from the original is npm's own
// habit, not a fix.
func (n *NPM) normalLock(ctx context.Context, s *Stage) (string, error) {
	key := s.Key(nil)
	if text, ok := n.normal[key]; ok {
		return text, nil
	}
	text, err := n.resolve(ctx, s, nil)
	if err != nil {
		return "", err
	}
	n.normal[key] = text
	return text, s.Write(map[string]string{s.Lock: s.Files[s.Lock]})
}

// resolve lets npm bring the lockfile in step with the manifests, in the lockfile's own version and habits, and returns it.
func (n *NPM) resolve(ctx context.Context, s *Stage, manifests map[string]string) (string, error) {
	if err := s.Write(manifests); err != nil {
		return "", err
	}
	original := s.Files[s.Lock]
	args := []string{"install", "--package-lock-only", "--package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--no-dry-run",
		"--no-global", "--location=project", "--save"}
	if version := gjson.Get(original, "lockfileVersion").Int(); version >= 1 && version <= 3 {
		args = append(args, fmt.Sprintf("--lockfile-version=%d", version))
	}
	if strings.Contains(original, `"resolved": "http`) {
		args = append(args, "--no-omit-lockfile-registry-resolved")
	} else {
		args = append(args, "--omit-lockfile-registry-resolved")
	}
	if _, err := n.asking.npm(ctx, s.Dir, args...); err != nil {
		return "", err
	}
	return s.Lockfile()
}

func nameOfKey(key string) string {
	i := strings.LastIndex("/"+key, "/node_modules/")
	if i < 0 {
		return path.Base(key)
	}
	return ("/" + key)[i+len("/node_modules/"):]
}
