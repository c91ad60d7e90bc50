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

// Stage is a copy of a project's manifests and lockfile, in which a package manager resolves. Paths are relative to the
// project.
type Stage struct {
	Dir   string            // to be removed by who opened it
	Files map[string]string // as they were
	Lock  string            // path of the lockfile
}

// OpenStage copies, into a folder below temp, the manifests and the lockfile of a project, and those files of it that wanted
// takes beside them. No code of the project is among it. A project that cannot be copied is refused.
func OpenStage(temp, root string, project fettle.Project, wanted func(name string) bool) (*Stage, error) {
	s := &Stage{Files: map[string]string{}, Lock: path.Base(project.Lockfile)}
	if err := s.read(wanted, filepath.Join(root, filepath.FromSlash(project.Dir))); err != nil {
		return nil, fmt.Errorf("copy the manifests of %q: %w: %w", project.Lockfile, err, fettle.ErrRefused)
	}
	if s.Files["package.json"] == "" {
		return nil, fmt.Errorf("%s has no package.json beside it that could be upgraded: %w", project.Lockfile, fettle.ErrRefused)
	}
	var err error
	if s.Dir, err = os.MkdirTemp(temp, "stage-"); err != nil {
		return nil, err
	}
	if err := s.Write(s.Files); err != nil {
		os.RemoveAll(s.Dir)
		return nil, err
	}
	return s, nil
}

// read takes in the files of the project at dir. It follows no link.
func (s *Stage) read(wanted func(string) bool, dir string) error {
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
		case !e.Type().IsRegular() || e.Name() != "package.json" && name != s.Lock && !wanted(name):
			return nil
		case len(s.Files) >= maxManifests:
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
		s.Files[name] = string(data)
		return nil
	})
}

// Write puts files into the stage, over those that are there.
func (s *Stage) Write(files map[string]string) error {
	for name, text := range files {
		file := filepath.Join(s.Dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Lockfile reads the lockfile as the package manager left it.
func (s *Stage) Lockfile() (string, error) {
	f, err := os.Open(filepath.Join(s.Dir, s.Lock))
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxManifestBytes+1))
	if err == nil && len(data) > maxManifestBytes {
		err = fmt.Errorf("the package manager wrote a lockfile larger than %d MiB: %w", maxManifestBytes>>20, fettle.ErrRefused)
	}
	return string(data), err
}

// Key names the stage's content and what is asked of it.
func (s *Stage) Key(upgrades []fettle.Upgrade) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		fmt.Fprintf(h, "%q %q\n", name, s.Files[name])
	}
	fmt.Fprintf(h, "%q\n", upgrades)
	return hex.EncodeToString(h.Sum(nil))
}
