package propose

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// maxManifests bounds how many manifests a project may have.
const maxManifests = 5000

// stage is a copy of a project's manifests and lockfile, in which npm resolves. Paths are relative to the project.
type stage struct {
	dir   string
	files map[string]string // as they were
	lock  string            // path of the lockfile
}

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
	if err := s.write(pinned); err != nil {
		return nil, err
	}
	if err := n.resolve(ctx, s); err != nil {
		return nil, err
	}
	if !maps.Equal(pinned, final) {
		if err := s.write(final); err != nil {
			return nil, err
		}
		if err := n.resolve(ctx, s); err != nil {
			return nil, err
		}
	}
	derived, err := os.ReadFile(filepath.Join(s.dir, s.lock))
	if err != nil {
		return nil, err
	}
	lock, err := n.mergeLock(ctx, s.files[s.lock], normal, string(derived), project)
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
	return texts, nil
}

// stage copies what npm needs to resolve: manifests, the lockfile and .npmrc. No code of the project is among it.
func (n *NPM) stage(root string, project fettle.Project) (*stage, error) {
	dir, err := os.MkdirTemp(n.Temp, "npm-")
	if err != nil {
		return nil, err
	}
	s := &stage{dir: dir, files: map[string]string{}, lock: path.Base(project.Lockfile)}
	from, err := os.OpenRoot(filepath.Join(root, filepath.FromSlash(project.Dir)))
	if err != nil {
		return nil, err
	}
	defer from.Close()
	err = fs.WalkDir(from.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "node_modules" || e.Name() == ".git"):
			return fs.SkipDir
		case !e.Type().IsRegular() || e.Name() != "package.json" && name != s.lock && name != ".npmrc":
			return nil
		case len(s.files) >= maxManifests:
			return fmt.Errorf("%s: more than %d package.json files", project.Dir, maxManifests)
		}
		data, err := from.ReadFile(name)
		if err != nil {
			return err
		}
		s.files[name] = string(data)
		return nil
	})
	if err == nil {
		err = s.write(s.files)
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("copy the manifests of %q: %w", project.Dir, err)
	}
	return s, nil
}

func (s *stage) write(files map[string]string) error {
	for name, text := range files {
		file := filepath.Join(s.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// key names the stage's content and what is asked of it.
func (s *stage) key(upgrades []fettle.Upgrade) string {
	h := sha256.New()
	var names []string
	for name := range s.files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(h, "%q %q\n", name, s.files[name])
	}
	fmt.Fprintf(h, "%q\n", upgrades)
	return hex.EncodeToString(h.Sum(nil))
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

// manifests returns the package.json texts to resolve with at first, each version pinned, and those that stay.
func (s *stage) manifests(project fettle.Project, upgrades []fettle.Upgrade) (pinned, final map[string]string, err error) {
	pinned, final = map[string]string{}, map[string]string{}
	var passing, lasting []pin
	for _, u := range upgrades {
		direct := false
		for _, name := range s.declaring(project, u) {
			direct = true
			if err := s.setDirect(pinned, final, name, u); err != nil {
				return nil, nil, err
			}
		}
		held := heldBy(project, u)
		for _, e := range held {
			name := nameOfKey(e.needed)
			// A holder with a version would itself be pinned to it (npm's documentation of overrides), so it has none. Pins
			// below many holders keep npm from sharing one copy, so there a pin for all is better, unless the project
			// itself asks for the package: npm refuses that.
			p := pin{holder: nameOfKey(e.Holder), name: name + "@" + u.Package.Version, spec: u.To}
			holderMoves := slices.ContainsFunc(upgrades, func(o fettle.Upgrade) bool { return o.Package == nodeOf(project, e.Holder).Package })
			_, ours := declared(s.files["package.json"], name)
			switch {
			case holderMoves: // its new range may not admit the old version
				p.name = name
			case len(held) > 1 && !ours && u.Kind != fettle.Override:
				p.holder = ""
			case u.Kind == fettle.Override:
				p.name = name
			}
			overridden := slices.ContainsFunc(upgrades, func(o fettle.Upgrade) bool {
				return o.Kind == fettle.Override && o.Package == u.Package && slices.Contains(o.Holders, nameOfKey(e.Holder))
			})
			if overridden != (u.Kind == fettle.Override) {
				continue
			}
			if !slices.Contains(passing, p) {
				passing = append(passing, p)
			}
			if u.Kind == fettle.Override {
				p.spec = "^" + u.To
				lasting = append(lasting, p)
			}
		}
		if u.Kind == fettle.Direct && !direct {
			return nil, nil, fmt.Errorf("no package.json declares %s: %w", u.Package.Name, fettle.ErrRefused)
		}
	}
	root := func(texts map[string]string) string {
		if text, ok := texts["package.json"]; ok {
			return text
		}
		return s.files["package.json"]
	}
	slices.SortFunc(lasting, func(a, b pin) int { return strings.Compare(a.holder+"\x00"+a.name, b.holder+"\x00"+b.name) })
	lasting = slices.Compact(lasting)
	text, err := setOverrides(root(final), lasting)
	if err != nil {
		return nil, nil, err
	}
	final["package.json"] = text
	if text, err = setOverrides(root(pinned), passing); err != nil {
		return nil, nil, err
	}
	pinned["package.json"] = text
	for name, text := range pinned { // what is pinned for a moment only must be put back
		if _, ok := final[name]; !ok && text != s.files[name] {
			final[name] = s.files[name]
		}
	}
	return pinned, final, nil
}

// setDirect pins u in one manifest, and leaves a range there that admits it.
func (s *stage) setDirect(pinned, final map[string]string, name string, u fettle.Upgrade) error {
	for _, texts := range []map[string]string{pinned, final} {
		if _, ok := texts[name]; !ok {
			texts[name] = s.files[name]
		}
	}
	spec, _ := declared(s.files[name], u.Package.Name)
	head, _ := alias(spec)
	var err error
	if pinned[name], err = setRange(pinned[name], u.Package.Name, head+u.To); err != nil {
		return err
	}
	if !admits(spec, u.To) {
		final[name], err = setRange(final[name], u.Package.Name, repin(spec, u.To))
	}
	return err
}

// declaring lists the manifests whose own dependency u moves.
func (s *stage) declaring(project fettle.Project, u fettle.Upgrade) []string {
	var names []string
	for _, key := range u.Keys {
		node := nodeOf(project, key)
		if node == nil {
			continue
		}
		for _, e := range node.Holders {
			if nodeOf(project, e.Holder) != nil {
				continue
			}
			manifest := path.Join(e.Holder, "package.json")
			if _, ok := declared(s.files[manifest], u.Package.Name); ok && !slices.Contains(names, manifest) {
				names = append(names, manifest)
			}
		}
	}
	slices.Sort(names)
	return names
}

// hold is an edge from one package to another, which stands at the key needed.
type hold struct {
	fettle.Edge
	needed string
}

// heldBy returns the edges from packages to what u moves.
func heldBy(project fettle.Project, u fettle.Upgrade) []hold {
	var held []hold
	for _, key := range u.Keys {
		if node := nodeOf(project, key); node != nil {
			for _, e := range node.Holders {
				if nodeOf(project, e.Holder) != nil {
					held = append(held, hold{e, key})
				}
			}
		}
	}
	return held
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

// mergeLock carries what changes between normal and derived over to original with git's three-way merge, so that npm's
// habits do not show in the fix. Where that conflicts, npm's own text is taken.
func (n *NPM) mergeLock(ctx context.Context, original, normal, derived string, project fettle.Project) (string, error) {
	if original == normal {
		return derived, nil
	}
	if normal == derived {
		return original, nil
	}
	dir, err := os.MkdirTemp(n.Temp, "merge-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"ours": original, "base": normal, "theirs": derived} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	result, err := n.Run.Run(ctx, dir, sandbox.Command{Args: []string{"git", "merge-file", "-p", "-q", "ours", "base", "theirs"}, Output: 256 << 20})
	if err != nil && !errors.Is(err, sandbox.ErrNotFound) {
		return "", err
	}
	if err != nil || result.Code != 0 || result.Ended != "" || result.Truncated || !gjson.Valid(result.Output) {
		return derived, nil
	}
	same, err := n.sameMoves(ctx, project, [2]string{original, result.Output}, [2]string{normal, derived})
	if err != nil || !same {
		return derived, err
	}
	return result.Output, nil
}
