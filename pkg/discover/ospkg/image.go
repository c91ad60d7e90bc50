package ospkg

import (
	"archive/tar"
	"bufio"
	"bytes"
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
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

var errNotThere = fs.ErrNotExist

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}

// Image reads the packages of the system in a container image: an archive as docker save writes it, an OCI archive, either
// of them compressed or not, or the folder of an OCI layout. Layers are read as they come and never unpacked; only a copy
// of an rpm database is made in temp, and removed. What cannot be read is a Gap; the error is that of ctx, or that file is
// no image.
func Image(ctx context.Context, file, temp string) (project.Reading, error) {
	info, err := os.Stat(file)
	if err != nil {
		return project.Reading{}, fmt.Errorf("read the image: %w", err)
	}
	b := newBlobs(info.Size())
	if info.IsDir() {
		err = b.readFolder(ctx, file)
	} else {
		err = b.readArchive(ctx, file)
	}
	if err != nil {
		return project.Reading{}, fmt.Errorf("read the image %s: %w", filepath.Base(file), err)
	}
	layers, notes, err := b.layersOf()
	if err != nil {
		return project.Reading{}, fmt.Errorf("read the image %s: %w", filepath.Base(file), err)
	}
	m := newMerged()
	s := &system{tree: m, temp: temp}
	for _, note := range notes {
		s.gap(".", 0, "%s", note)
	}
	for i, l := range layers {
		if err := ctx.Err(); err != nil {
			return s.r, err
		}
		if l.err != nil {
			s.gap(".", 0, "layer %d of %d (%.100s) %v; what it adds and removes was not checked", i+1, len(layers), l.name, l.err)
			continue
		}
		for _, fault := range l.layer.faults {
			s.gap(".", 0, "layer %d of %d (%.100s): %s", i+1, len(layers), l.name, fault)
		}
		m.apply(l.layer)
	}
	if err := s.read(ctx); err != nil {
		return s.r, err
	}
	s.tellMarks(m.marks)
	return s.r, nil
}

// blobs are the parts of an image: documents in JSON, and layers as far as they matter.
type blobs struct {
	documents map[string][]byte
	layers    map[string]readBlob
	links     map[string]string // of older archives, where a layer may stand for another one
	kept      int64
	budget    *budget
}

type readBlob struct {
	name  string
	layer *layer
	err   error
}

func newBlobs(size int64) *blobs {
	return &blobs{documents: map[string][]byte{}, layers: map[string]readBlob{}, links: map[string]string{}, budget: newBudget(size)}
}

// readFolder reads the blobs of an OCI layout, or what docker save writes if it is unpacked.
func (b *blobs) readFolder(ctx context.Context, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return project.Plain(err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !e.Type().IsRegular() {
			return nil
		}
		in, err := root.Open(filepath.FromSlash(name))
		if err != nil {
			return project.Plain(err)
		}
		defer in.Close()
		info, err := in.Stat()
		if err != nil {
			return project.Plain(err)
		}
		b.budget.left += info.Size() * maxRatio
		return b.meet(ctx, name, in, info.Size())
	})
}

// readArchive reads the blobs of a tar archive, in the order in which they come.
func (b *blobs) readArchive(ctx context.Context, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	in, done, err := decompress(bufio.NewReaderSize(f, 1<<20), b.budget)
	if err != nil {
		return err
	}
	defer done()
	t := tar.NewReader(in)
	for n := 0; ; n++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && n == 0 {
			return fmt.Errorf("it is no tar archive, as docker save or an OCI tool writes it, nor the folder of an OCI layout: %w", err)
		}
		if err != nil {
			return fmt.Errorf("it is cut off: %w", err)
		}
		if n > maxEntries {
			return fmt.Errorf("it holds more than %d files", maxEntries)
		}
		name := path.Clean("/" + h.Name)[1:]
		switch h.Typeflag {
		case tar.TypeReg:
			if err := b.meet(ctx, name, t, h.Size); err != nil {
				return err
			}
		case tar.TypeSymlink:
			b.links[name] = path.Clean("/" + path.Join(path.Dir(name), h.Linkname))[1:]
		case tar.TypeLink:
			b.links[name] = path.Clean("/" + h.Linkname)[1:]
		}
	}
}

const (
	maxDocument = 16 << 20 // bytes of a document
)

// meet reads one file of an image. What is neither a document nor a layer is passed over.
func (b *blobs) meet(ctx context.Context, name string, in io.Reader, size int64) error {
	sum := sha256.New()
	buffered := bufio.NewReaderSize(io.TeeReader(in, sum), 1<<16)
	head, _ := buffered.Peek(512)
	switch {
	case len(bytes.TrimSpace(head)) > 0 && (bytes.TrimSpace(head)[0] == '{' || bytes.TrimSpace(head)[0] == '['):
		if b.kept += size; size > maxDocument || b.kept > maxKept {
			return nil // no manifest is as large
		}
		data, err := io.ReadAll(io.LimitReader(buffered, maxDocument))
		if err != nil {
			return err
		}
		b.documents[name] = data
	case isArchive(head):
		if len(b.layers) > maxLayers {
			return fmt.Errorf("it holds more than %d layers", maxLayers)
		}
		l, err := b.layer(ctx, buffered)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if _, copyErr := io.Copy(io.Discard, buffered); err == nil && copyErr != nil {
			return copyErr
		}
		if want, ok := strings.CutPrefix(name, "blobs/sha256/"); ok && err == nil && hex.EncodeToString(sum.Sum(nil)) != want {
			err = errors.New("does not have the content that its digest names")
		}
		b.layers[name] = readBlob{name, l, err}
	}
	return nil
}

func (b *blobs) layer(ctx context.Context, in *bufio.Reader) (*layer, error) {
	plain, done, err := decompress(in, b.budget)
	if err != nil {
		return nil, err
	}
	defer done()
	return readLayer(ctx, plain, &b.kept)
}
