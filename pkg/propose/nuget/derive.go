package nuget

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Derive writes the versions of upgrades where they stand. What nothing of the project declares is pinned. The lockfile is
// refreshed by dotnet restore where there is an SDK; else it is stale.
func (n *NuGet) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	for _, u := range upgrades {
		if err := check(u); err != nil {
			return manager.Derivation{}, err
		}
	}
	from, err := os.OpenRoot(root)
	if err != nil {
		return manager.Derivation{}, err
	}
	defer from.Close()
	files, err := load(from, p)
	if err != nil {
		return manager.Derivation{}, fmt.Errorf("read the files of %q: %w", p.Lockfile, err)
	}
	key := keyOf(files, p, upgrades)
	have, ok := n.answered[key]
	if !ok {
		have.d, have.err = n.derive(ctx, from, p, files, upgrades)
		if verdict(have.err) {
			if n.answered == nil {
				n.answered = map[string]derived{}
			}
			n.answered[key] = have
		}
	}
	d := have.d
	d.Texts = maps.Clone(d.Texts)
	return d, have.err
}

func (n *NuGet) derive(ctx context.Context, from *os.Root, p fettle.Project, files map[string]string, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	draft := &draft{manager: n, project: p, files: maps.Clone(files)}
	for _, u := range upgrades {
		if err := draft.move(u); err != nil {
			return manager.Derivation{}, err
		}
	}
	d := manager.Derivation{Texts: map[string]string{}, Notes: draft.notes}
	for file, text := range draft.files {
		if text != files[file] {
			d.Texts[file] = text
		}
	}
	lock := strings.ToLower(path.Base(p.Lockfile))
	switch {
	case len(d.Texts) == 0 || path.Ext(lock) != ".json" || lock == "dotnet-tools.json":
		return d, nil
	case lock == "project.assets.json":
		d.Stale, d.Why = []string{p.Lockfile}, "it is what the last restore left; run dotnet restore"
		return d, nil
	}
	text, err := n.restore(ctx, from, p, d.Texts)
	if err != nil && !errors.Is(err, manager.ErrNoTool) && !errors.Is(err, manager.ErrRegistry) && !errors.Is(err, fettle.ErrRefused) {
		return manager.Derivation{}, err
	}
	if err != nil {
		d.Stale, d.Why = []string{p.Lockfile}, fmt.Sprintf("%v; run dotnet restore --use-lock-file --force-evaluate", err)
		return d, nil
	}
	d.Texts[p.Lockfile] = text
	return d, nil
}

// Bounds of what is read of a project.
const (
	maxFiles = 2000
	maxBytes = 64 << 20
)

// above are the files that MSBuild reads of the folders above a project.
var above = []string{"Directory.Build.props", "Directory.Packages.props", "Directory.Build.targets"}

// load reads the files that may hold a version of p: its manifest, those that its packages are declared in, those of the
// folders above, and project files beside a packages.config. None is read through a link out of the tree.
func load(from *os.Root, p fettle.Project) (map[string]string, error) {
	wanted := map[string]bool{p.Manifest: true}
	if path.Ext(p.Lockfile) != ".json" || strings.EqualFold(path.Base(p.Lockfile), "dotnet-tools.json") {
		wanted[p.Lockfile] = true
	}
	for _, node := range p.Nodes {
		if node.Manifest != nil {
			wanted[node.Manifest.Path] = true
		}
	}
	for dir := p.Dir; ; dir = path.Dir(dir) {
		if dir == "." {
			dir = ""
		}
		for _, name := range above {
			wanted[path.Join(dir, name)] = true
		}
		if dir == "" {
			break
		}
	}
	if strings.EqualFold(path.Ext(p.Lockfile), ".config") {
		names, err := fs.ReadDir(from.FS(), path.Join(".", p.Dir))
		if err != nil {
			return nil, err
		}
		for _, e := range names {
			switch strings.ToLower(path.Ext(e.Name())) {
			case ".csproj", ".fsproj", ".vbproj":
				wanted[path.Join(p.Dir, e.Name())] = true
			}
		}
	}
	delete(wanted, "")
	if len(wanted) > maxFiles {
		return nil, fmt.Errorf("more than %d files: %w", maxFiles, fettle.ErrRefused)
	}
	files := map[string]string{}
	left := maxBytes
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		text, err := read(from, name, left)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", name, err, fettle.ErrRefused)
		}
		left -= len(text)
		files[name] = text
	}
	return files, nil
}

func read(from *os.Root, name string, limit int) (string, error) {
	f, err := from.Open(filepath.FromSlash(name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", errors.New("it is not a regular file")
	}
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err == nil && len(data) > limit {
		err = fmt.Errorf("the files of the project are larger than %d MiB", maxBytes>>20)
	}
	return string(data), err
}

func keyOf(files map[string]string, p fettle.Project, upgrades []fettle.Upgrade) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%q %q\n", name, files[name])
	}
	fmt.Fprintf(h, "%q\n", p.Lockfile)
	for _, u := range upgrades {
		fmt.Fprintf(h, "%q %q\n", u.Package, u.To)
	}
	return hex.EncodeToString(h.Sum(nil))
}
