package npm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// maxManifests bounds how many manifests a project may have, and maxManifestBytes their size and that of the lockfile
// together.
const (
	maxManifests     = 5000
	maxManifestBytes = 256 << 20
)

// stage is a copy of a project's manifests and lockfile, in which npm resolves. Paths are relative to the project.
type stage struct {
	dir   string
	files map[string]string // as they were
	lock  string            // path of the lockfile
}

// stage copies what npm needs to resolve: manifests, the lockfile and .npmrc. No code of the project is among it. A project
// that cannot be copied is refused.
func (n *NPM) stage(root string, project fettle.Project) (*stage, error) {
	s := &stage{files: map[string]string{}, lock: path.Base(project.Lockfile)}
	if err := s.read(filepath.Join(root, filepath.FromSlash(project.Dir))); err != nil {
		return nil, fmt.Errorf("copy the manifests of %q: %w: %w", project.Lockfile, err, fettle.ErrRefused)
	}
	if s.files["package.json"] == "" {
		return nil, fmt.Errorf("%s has no package.json beside it that npm could upgrade: %w", project.Lockfile, fettle.ErrRefused)
	}
	var err error
	if s.dir, err = os.MkdirTemp(n.Temp, "npm-"); err != nil {
		return nil, err
	}
	if err := s.write(s.files); err != nil {
		os.RemoveAll(s.dir)
		return nil, err
	}
	return s, nil
}

// read takes in the files of the project at dir. It follows no link.
func (s *stage) read(dir string) error {
	from, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer from.Close()
	left := int64(maxManifestBytes)
	return fs.WalkDir(from.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "node_modules" || e.Name() == ".git"):
			return fs.SkipDir
		case !e.Type().IsRegular() || e.Name() != "package.json" && name != s.lock && name != ".npmrc":
			return nil
		case len(s.files) >= maxManifests:
			return fmt.Errorf("more than %d package.json files", maxManifests)
		}
		f, err := from.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		data, err := io.ReadAll(io.LimitReader(f, left+1))
		if err != nil {
			return err
		}
		if left -= int64(len(data)); left < 0 {
			return fmt.Errorf("the manifests and the lockfile are larger than %d MiB", maxManifestBytes>>20)
		}
		s.files[name] = string(data)
		return nil
	})
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

// derivedLock reads the lockfile as npm left it.
func (s *stage) derivedLock() (string, error) {
	f, err := os.Open(filepath.Join(s.dir, s.lock))
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxManifestBytes+1))
	if err == nil && len(data) > maxManifestBytes {
		err = fmt.Errorf("npm wrote a lockfile larger than %d MiB: %w", maxManifestBytes>>20, fettle.ErrRefused)
	}
	return string(data), err
}

// key names the stage's content and what is asked of it.
func (s *stage) key(upgrades []fettle.Upgrade) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		fmt.Fprintf(h, "%q %q\n", name, s.files[name])
	}
	fmt.Fprintf(h, "%q\n", upgrades)
	return hex.EncodeToString(h.Sum(nil))
}
