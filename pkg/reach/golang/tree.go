package golang

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Bounds of the copy.
const (
	maxFiles = 400_000
	maxBytes = 4 << 30
	maxAsset = 32 << 20 // of a file that is no source; what is embedded is made up where it is not there
)

// matters reports whether a file bears on which code a build holds: the answer depends on it.
func matters(name string) bool {
	switch path.Ext(name) {
	case ".go", ".s", ".S", ".c", ".h", ".cc", ".cpp", ".hpp", ".m", ".syso":
		return true
	}
	switch path.Base(name) {
	case "go.mod", "go.sum", "go.work", "go.work.sum", "modules.txt":
		return true
	}
	return false
}

// walk visits the regular files of the repository that a build may need, but for what git ignores. It follows no link.
func (w *workplace) walk(ctx context.Context, visit func(root *os.Root, name string, info fs.FileInfo) error) error {
	root, err := os.OpenRoot(w.repo.Dir)
	if err != nil {
		return fmt.Errorf("open the tree: %w", project.Plain(err))
	}
	defer root.Close()
	skip := map[string]bool{}
	for _, name := range w.repo.Skip {
		skip[strings.TrimSuffix(name, "/")] = true
	}
	files, bytes := 0, int64(0)
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		switch {
		case err != nil:
			return err
		case d.IsDir() && (skip[name] || d.Name() == ".git" || d.Name() == "node_modules"):
			return fs.SkipDir
		case !d.Type().IsRegular() || skip[name]:
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if !matters(name) && info.Size() > maxAsset {
			return nil
		}
		files, bytes = files+1, bytes+info.Size()
		if files > maxFiles || bytes > maxBytes {
			return &refusal{reason: fmt.Sprintf("the tree has more than %d files or %d MiB, so it was not copied to be analysed", maxFiles, maxBytes>>20), short: "the tree is too large to be analysed"}
		}
		return visit(root, name, info)
	})
}

// prepare sums up the files that an answer depends on.
func (w *workplace) prepare(ctx context.Context) error {
	if w.sum != "" {
		return nil
	}
	all := sha256.New()
	err := w.walk(ctx, func(root *os.Root, name string, info fs.FileInfo) error {
		if !matters(name) {
			fmt.Fprintf(all, "%q\n", name) // whether there is a file to embed
			return nil
		}
		f, err := root.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		one := sha256.New()
		n, err := io.Copy(one, f)
		fmt.Fprintf(all, "%q %d %x\n", name, n, one.Sum(nil))
		return err
	})
	if err != nil {
		return fmt.Errorf("read the tree: %w", err)
	}
	w.sum = hex.EncodeToString(all.Sum(nil))
	return w.makeDir()
}

// makeDir makes the directory that the sandbox may write, with nothing but the helper in it.
func (w *workplace) makeDir() error {
	dir, err := os.MkdirTemp(w.analyst.Temp, "reach-go-")
	if err != nil {
		return fmt.Errorf("make a folder for the analysis: %w", err)
	}
	if w.dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	return nil
}

// copy copies the tree and this program, once.
func (w *workplace) copy(ctx context.Context) error {
	if _, err := os.Lstat(filepath.Join(w.dir, treeDir)); err == nil {
		return nil
	}
	for _, sub := range []string{treeDir, binDir, buildDir} {
		if err := os.Mkdir(filepath.Join(w.dir, sub), 0o755); err != nil {
			return err
		}
	}
	program, err := w.program()
	if err != nil {
		return err
	}
	in, err := os.Open(program)
	if err != nil {
		return fmt.Errorf("copy this program: %w", err)
	}
	defer in.Close()
	if err := write(filepath.Join(w.dir, binDir, helperName), in, 0o755); err != nil {
		return fmt.Errorf("copy this program: %w", err)
	}
	err = w.walk(ctx, func(root *os.Root, name string, info fs.FileInfo) error {
		to := filepath.Join(w.dir, treeDir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		f, err := root.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return write(to, f, 0o644)
	})
	if err != nil {
		return fmt.Errorf("copy the tree: %w", err)
	}
	return nil
}

// program is what is run in the sandbox.
func (w *workplace) program() (string, error) {
	if w.analyst.Program != "" {
		return w.analyst.Program, nil
	}
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	return program, nil
}

func write(name string, in io.Reader, mode fs.FileMode) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
