package ospkg

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Bounds of what is read.
const (
	maxText   = 64 << 20  // bytes of a text file
	maxBinary = 256 << 20 // bytes of an rpm database
	maxLinks  = 40        // links on the way to a file
	maxMarks  = 200_000   // files of language packages that are told apart
	maxWalked = 5_000_000 // files of a root file system that are looked at
)

// tree is a file system as its own processes would see it: links are followed inside of it, and .. stops at its top. Names
// are slash-separated, without a leading slash.
type tree interface {
	// link returns the target of a link, and false for anything else.
	link(name string) (string, bool)
	// open returns the content of a regular file of at most most bytes; name is free of links.
	open(name string, most int64) ([]byte, error)
	// list returns the names in a folder, sorted; name is free of links.
	list(name string) []string
}

// resolve follows the links on the way to name.
func resolve(t tree, name string) (string, error) {
	rest := strings.Split(path.Clean("/" + name)[1:], "/")
	at := ""
	for links := 0; len(rest) > 0; {
		step := rest[0]
		rest = rest[1:]
		switch step {
		case "", ".":
			continue
		case "..":
			at = strings.TrimPrefix(path.Dir("/"+at), "/")
			continue
		}
		next := path.Join(at, step)
		target, isLink := t.link(next)
		if !isLink {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", fmt.Errorf("cannot be read: more than %d links lead to it", maxLinks)
		}
		if strings.HasPrefix(target, "/") {
			at = ""
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return at, nil
}

// read returns the content of a file, after following links. fs.ErrNotExist says that it is not there.
func read(t tree, name string, most int64) ([]byte, error) {
	at, err := resolve(t, name)
	if err != nil {
		return nil, err
	}
	return t.open(at, most)
}

func list(t tree, name string) []string {
	at, err := resolve(t, name)
	if err != nil {
		return nil
	}
	return t.list(at)
}

// folder is a tree on disk.
type folder struct{ root *os.Root }

func (f folder) link(name string) (string, bool) {
	info, err := f.root.Lstat(filepath.FromSlash(name))
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return "", false
	}
	target, err := f.root.Readlink(filepath.FromSlash(name))
	return filepath.ToSlash(target), err == nil
}

func (f folder) open(name string, most int64) ([]byte, error) {
	in, err := f.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe must not block
	if err != nil {
		return nil, project.Plain(err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, errors.New("cannot be read: not a regular file")
	}
	return readAll(in, most)
}

func (f folder) list(name string) []string {
	if name == "" {
		name = "."
	}
	in, err := f.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil
	}
	defer in.Close()
	names, _ := in.Readdirnames(-1)
	slices.Sort(names)
	return names
}

// readAll reads at most most bytes, and refuses more.
func readAll(in io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", project.Plain(err))
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("larger than %d MiB, not read", most>>20)
	}
	return data, nil
}
