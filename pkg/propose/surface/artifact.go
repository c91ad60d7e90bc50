package surface

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// The bounds of an artifact. Nothing of it is written to disk.
const (
	maxEntries  = 60_000
	maxUnpacked = 300 << 20 // bytes kept of a tar
	maxInflated = 2 << 30   // bytes gone through
	maxEntry    = 8 << 20   // bytes of one file
	maxPacked   = 512 << 20
)

// artifact is a package as its registry serves it. Names are slash-separated and local.
type artifact struct {
	dir   string // where it lies unpacked; "" where it is packed
	names []string
	has   map[string]bool
	kept  map[string][]byte    // of a tar
	zip   map[string]*zip.File // of a zip
	root  *os.Root             // of a folder
	shut  io.Closer
}

func (a *artifact) close() {
	if a.shut != nil {
		a.shut.Close()
	}
}

// openArtifact opens what was fetched. The error names no path of the machine.
func openArtifact(from Artifact) (*artifact, error) {
	if from.Err != nil {
		return nil, from.Err
	}
	if from.Dir == "" {
		return nil, errors.New("nobody fetched it")
	}
	entries, err := os.ReadDir(from.Dir)
	if err != nil {
		return nil, errors.New("what was fetched cannot be read")
	}
	var packed []string
	for _, e := range entries {
		if e.Type().IsRegular() && packedName(e.Name()) {
			packed = append(packed, e.Name())
		}
	}
	if len(packed) != 1 || len(entries) > 1 {
		return openFolder(from.Dir)
	}
	file := filepath.Join(from.Dir, packed[0])
	if strings.HasSuffix(file, ".tgz") || strings.HasSuffix(file, ".tar.gz") {
		return openTar(file)
	}
	return openZip(file)
}

func packedName(name string) bool {
	return slices.ContainsFunc([]string{".tgz", ".tar.gz", ".whl", ".jar", ".zip"}, func(end string) bool { return strings.HasSuffix(name, end) })
}

func (a *artifact) seal() *artifact {
	slices.Sort(a.names)
	a.has = make(map[string]bool, len(a.names))
	for _, n := range a.names {
		a.has[n] = true
	}
	return a
}

func openFolder(dir string) (*artifact, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, errors.New("what was fetched cannot be read")
	}
	a := &artifact{dir: dir, root: root, shut: root}
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		if len(a.names) >= maxEntries {
			return fmt.Errorf("more than %d files in it", maxEntries)
		}
		a.names = append(a.names, name)
		return nil
	})
	if err != nil {
		root.Close()
		return nil, err
	}
	return a.seal(), nil
}

func openZip(file string) (*artifact, error) {
	in, err := zip.OpenReader(file)
	if err != nil {
		return nil, errors.New("it is no archive that can be read")
	}
	a := &artifact{zip: map[string]*zip.File{}, shut: in}
	if len(in.File) > maxEntries {
		in.Close()
		return nil, fmt.Errorf("more than %d files in it", maxEntries)
	}
	for _, f := range in.File {
		if !f.Mode().IsRegular() || !fs.ValidPath(f.Name) || strings.Contains(f.Name, `\`) {
			continue
		}
		if a.zip[f.Name] == nil {
			a.names = append(a.names, f.Name)
		}
		a.zip[f.Name] = f
	}
	return a.seal(), nil
}

// openTar keeps the sources and manifests of an npm package. The first folder, whatever its name, is the package.
func openTar(file string) (*artifact, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, errors.New("what was fetched cannot be read")
	}
	defer in.Close()
	return readTar(io.LimitReader(in, maxPacked))
}

func readTar(in io.Reader) (*artifact, error) {
	inflated, err := gzip.NewReader(in)
	if err != nil {
		return nil, errors.New("it is no archive that can be read")
	}
	a := &artifact{kept: map[string][]byte{}}
	tr := tar.NewReader(io.LimitReader(inflated, maxInflated))
	total := 0
	for range maxEntries {
		h, err := tr.Next()
		if err == io.EOF {
			return a.seal(), nil
		}
		if err != nil {
			return nil, errors.New("its archive is damaged, or larger than is read")
		}
		_, name, ok := strings.Cut(h.Name, "/")
		if !ok || h.Typeflag != tar.TypeReg || !fs.ValidPath(name) || !jsFile(name) {
			continue
		}
		if h.Size > maxEntry {
			a.names = append(a.names, name) // it is there, and reading it is an error
			continue
		}
		data, err := readAll(tr, maxEntry)
		if err != nil {
			return nil, errors.New("its archive is damaged")
		}
		if total += len(data); total > maxUnpacked {
			return nil, fmt.Errorf("more than %d MiB of sources in it", maxUnpacked>>20)
		}
		if _, again := a.kept[name]; !again {
			a.names = append(a.names, name)
		}
		a.kept[name] = data
	}
	return nil, fmt.Errorf("more than %d files in it", maxEntries)
}

func jsFile(name string) bool {
	switch path.Ext(name) {
	case ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".json", ".node":
		return true
	}
	return false
}

// read returns the content of one file.
func (a *artifact) read(name string) ([]byte, error) {
	switch {
	case !a.has[name]:
		return nil, fs.ErrNotExist
	case a.kept != nil:
		data, ok := a.kept[name]
		if !ok {
			return nil, fmt.Errorf("%s is larger than %d MiB", name, maxEntry>>20)
		}
		return data, nil
	case a.zip != nil:
		in, err := a.zip[name].Open()
		if err != nil {
			return nil, fmt.Errorf("%s cannot be read", name)
		}
		defer in.Close()
		return readAll(in, maxEntry)
	}
	return readFile(a.root, name, maxEntry)
}
