package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/learn"
	"github.com/fettle-dev/fettle/pkg/learn/alert"
)

// readState reads a state; one that is not there has learned nothing.
func readState(name, shown string) (*learn.Model, error) {
	text, err := readBounded(name, alert.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return learn.New(nil), nil
	}
	if err != nil {
		return nil, usagef("read what was learned: %w", err)
	}
	m, err := learn.Decode(shown, text)
	if err != nil {
		return nil, usageError{err}
	}
	return m, nil
}

func writeState(name string, m *learn.Model) error {
	text, err := m.Encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("make a place for what is learned: %w", err)
	}
	giveBack(filepath.Dir(name))
	p, err := newPending(name)
	if err != nil {
		return usageError{err}
	}
	out := &outputs{files: []*pending{p}}
	defer out.discard()
	if _, err := p.tmp.Write(text); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return out.commit()
}

// readInside reads a regular file below dir of at most limit bytes, never through a link that leads out of dir.
func readInside(dir, name string, limit int64) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s: want a file of at most %d bytes", name, limit)
	}
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// refuseLinks refuses to write name, below the folder it is in, through a link: it might lead out of the repository.
func refuseLinks(name string) error {
	for _, part := range []string{filepath.Dir(name), name} {
		info, err := os.Lstat(part)
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return usagef("%s is a link, which is not followed; want a file of the repository", part)
		}
	}
	return nil
}

// readBounded reads a file that the user names, or a pipe, of at most limit bytes.
func readBounded(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return nil, errors.Join(err, fmt.Errorf("%s is a folder; want a file", name))
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s: more than %d bytes", name, limit)
	}
	return text, nil
}

// diskLearned reads what was learned from a work tree; nil where there is no state. With a state that cannot be used comes
// a gap, as whoever reads the ranks must know that they lack something.
func diskLearned(top string) (*learn.Model, []fettle.Gap) {
	text, err := readInside(top, learnedName, alert.MaxSize)
	var m *learn.Model
	if err == nil {
		m, err = learn.Decode(learnedName, text)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	return nil, []fettle.Gap{{Stage: "prioritize", Subject: "what was learned", Reason: err.Error(), Location: &fettle.Location{Path: learnedName}}}
}
