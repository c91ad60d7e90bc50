package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Bounds on an archive, which comes from outside.
const (
	mostEntries = 20_000
	mostBytes   = 300 << 20
)

// unpack writes the regular files of a gzipped tar below dir, without the folder that all of them are in.
func unpack(name, dir string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", filepath.Base(name), err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	left := int64(mostBytes)
	entries := tar.NewReader(z)
	for n := 0; ; n++ {
		h, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("unpack %s: %w", filepath.Base(name), err)
		}
		if n == mostEntries {
			return fmt.Errorf("unpack %s: more than %d entries", filepath.Base(name), mostEntries)
		}
		_, rel, ok := strings.Cut(filepath.ToSlash(filepath.Clean(h.Name)), "/")
		if h.Typeflag != tar.TypeReg || !ok || !filepath.IsLocal(rel) {
			continue
		}
		if left -= h.Size; left < 0 {
			return fmt.Errorf("unpack %s: more than %d bytes", filepath.Base(name), mostBytes)
		}
		if err := root.MkdirAll(filepath.Dir(rel), 0o755); err != nil {
			return err
		}
		out, err := root.OpenFile(rel, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644|os.FileMode(h.Mode&0o111))
		if err != nil {
			return err
		}
		_, err = io.Copy(out, io.LimitReader(entries, h.Size))
		if err := errors.Join(err, out.Close()); err != nil {
			return err
		}
	}
}
