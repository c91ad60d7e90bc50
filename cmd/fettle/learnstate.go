package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

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

// readBounded reads a regular file of at most limit bytes.
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
