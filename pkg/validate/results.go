package validate

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Bounds on the folder of results.
const (
	maxEntry   = 8 << 20
	maxEntries = 2000
	maxStored  = 256 << 20
	maxAge     = 30 * 24 * time.Hour
)

const entrySuffix = ".result"

// recall returns the entry called key of the folder Results, and nil where none is of use.
func (s *Set) recall(key string) *entry {
	if s.Results == "" || key == "" {
		return nil
	}
	e, err := s.readEntry(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		s.say("a kept result is not used: %v", err)
		return nil
	}
	return e
}

func (s *Set) readEntry(key string) (*entry, error) {
	root, err := os.OpenRoot(s.Results)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	name := key + entrySuffix
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxEntry {
		return nil, fmt.Errorf("%s: not a regular file of at most %d bytes", name, maxEntry)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxEntry+1))
	if err != nil {
		return nil, err
	}
	e, err := parseEntry(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if e.Key != key {
		return nil, fmt.Errorf("%s: it is of another tree", name)
	}
	if age := s.Clock().Sub(e.Made); age > maxAge || age < -time.Hour {
		return nil, fmt.Errorf("%s: made %s, which is not within the last %d days", name, e.Made.UTC().Format(time.DateOnly), int(maxAge.Hours()/24))
	}
	return e, nil
}

// keep writes e into the folder Results, at once or not at all, and removes the oldest entries where there are too many.
// A fault is told and costs nothing but a later run.
func (s *Set) keep(e *entry) {
	if s.Results == "" || e == nil {
		return
	}
	if err := s.writeEntry(e); err != nil {
		s.say("the result is not kept: %v", err)
	}
}

func (s *Set) writeEntry(e *entry) error {
	data, err := e.text()
	if err != nil {
		return err
	}
	if len(data) > maxEntry {
		return fmt.Errorf("larger than %d bytes", maxEntry)
	}
	if err := os.MkdirAll(s.Results, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.Results, ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Chtimes(f.Name(), e.Made, e.Made)
	}
	root, e2 := os.OpenRoot(s.Results)
	if err = errors.Join(err, e2); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	defer root.Close()
	temp := filepath.Base(f.Name())
	if err := root.Rename(temp, e.Key+entrySuffix); err != nil {
		return errors.Join(err, root.Remove(temp))
	}
	return s.prune(root)
}

// forget removes the entry called key.
func (s *Set) forget(key string) {
	if err := os.Remove(filepath.Join(s.Results, key+entrySuffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.say("a kept result stays: %v", err)
	}
}

// prune removes entries past their age, and the oldest where there are too many or too large ones. It touches no file
// that it did not name.
func (s *Set) prune(root *os.Root) error {
	list, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	var held []fs.FileInfo
	total := int64(0)
	for _, d := range list {
		key, ours := strings.CutSuffix(d.Name(), entrySuffix)
		half := strings.HasPrefix(d.Name(), ".new-") // what a run that was killed left
		if !d.Type().IsRegular() || !half && (!ours || !isKey(key)) {
			continue
		}
		info, err := d.Info()
		if err != nil {
			continue // another run removed it
		}
		age := s.Clock().Sub(info.ModTime())
		if half && age > 24*time.Hour || !half && age > maxAge {
			err = root.Remove(d.Name())
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			continue
		}
		if !half {
			held = append(held, info)
			total += info.Size()
		}
	}
	slices.SortFunc(held, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), strings.Compare(a.Name(), b.Name()))
	})
	for len(held) > maxEntries || total > maxStored {
		if err := root.Remove(held[0].Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		total -= held[0].Size()
		held = held[1:]
	}
	return nil
}

func isKey(key string) bool {
	b, err := hex.DecodeString(key)
	return err == nil && len(b) == sha256.Size
}

// text is the entry's checksum in a line of its own, and the entry as JSON.
func (e *entry) text() ([]byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return append([]byte(hex.EncodeToString(sum[:])+"\n"), body...), nil
}

// parseEntry reads what text wrote.
func parseEntry(data []byte) (*entry, error) {
	sum, body, ok := bytes.Cut(data, []byte("\n"))
	want := sha256.Sum256(body)
	if !ok || string(sum) != hex.EncodeToString(want[:]) || len(data) > maxEntry {
		return nil, errors.New("it is damaged")
	}
	return decodeEntry(body)
}

func decodeEntry(body []byte) (*entry, error) {
	var e entry
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("it is no result: %w", err)
	}
	return &e, e.check()
}

func (s *Set) say(format string, args ...any) {
	if s.Log != nil {
		s.Log(format, args...)
	}
}
