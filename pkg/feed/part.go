package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	stateSuffix = ".fetch.json"
	partSuffix  = ".part"
)

// state is what is remembered of a download.
type state struct {
	Key          string   `json:"key"`     // of the address, which may hold credentials
	Address      string   `json:"address"` // without them
	ETag         string   `json:"etag,omitempty"`
	LastModified string   `json:"last_modified,omitempty"`
	SHA256       string   `json:"sha256,omitempty"` // of a complete file
	Size         int64    `json:"size"`
	Total        int64    `json:"total,omitempty"`    // of an unfinished file: its full size, 0 where the server did not say
	Encoding     string   `json:"encoding,omitempty"` // of an unfinished file: how the server packed it
	Digests      []string `json:"digests,omitempty"`  // of an unfinished file, as the server says
}

func stateOf(url string, h http.Header) state {
	s := state{Key: addressKey(url), Address: Shown(url), ETag: h.Get("ETag"), LastModified: h.Get("Last-Modified"),
		Encoding: encoding(h), Digests: digests(h)}
	if n, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64); err == nil && n > 0 {
		s.Total = n
	}
	return s
}

// encoding returns how an answer is packed; empty where it is plain.
func encoding(h http.Header) string {
	switch e := strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding"))); e {
	case "identity":
		return ""
	case "x-gzip": // RFC 9110, section 8.4.1.3
		return "gzip"
	default:
		return e
	}
}

func (s state) fetched(unchanged bool) Fetched {
	modified, _ := http.ParseTime(s.LastModified)
	if !modified.IsZero() {
		modified = modified.In(time.UTC)
	}
	return Fetched{SHA256: s.SHA256, Size: s.Size, Unchanged: unchanged, LastModified: modified}
}

// validator returns what proves that the rest belongs to the same file. A weak ETag does not (RFC 9110, section 13.1.5).
func (s state) validator() string {
	if s.ETag != "" && !strings.HasPrefix(s.ETag, "W/") {
		return s.ETag
	}
	return s.LastModified
}

func (s state) condition(h http.Header) {
	if s.ETag != "" {
		h.Set("If-None-Match", s.ETag)
	}
	if s.LastModified != "" {
		h.Set("If-Modified-Since", s.LastModified)
	}
}

// readState returns the state of the complete file at path, if that is still the file that was fetched from url.
func readState(path, statePath, url string) (state, bool) {
	s, err := loadState(statePath)
	if err != nil || s.Key != addressKey(url) || s.ETag == "" && s.LastModified == "" {
		return state{}, false
	}
	sum, size, err := hashFile(path)
	return s, err == nil && sum == s.SHA256 && size == s.Size
}

// readPart returns the state of an unfinished download that can be resumed. Its Size is what is there.
func readPart(r Request) (state, bool) {
	s, err := loadState(r.Path + partSuffix + ".json")
	if err != nil || s.Key != addressKey(r.URL) || s.validator() == "" {
		return state{}, false
	}
	info, err := os.Stat(r.Path + partSuffix)
	if err != nil || info.Size() == 0 || info.Size() > r.Limit || s.Total > 0 && info.Size() > s.Total {
		return state{}, false
	}
	s.Size = info.Size()
	return s, true
}

// appendPart writes body to the part file from s.Size on.
func appendPart(r Request, s state, body io.Reader) error {
	file, err := os.OpenFile(r.Path+partSuffix, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Truncate(s.Size); err != nil {
		return err
	}
	if _, err := file.Seek(s.Size, io.SeekStart); err != nil {
		return err
	}
	if err := saveState(r.Path+partSuffix+".json", s); err != nil {
		return err
	}
	out := &sink{file: file}
	n, err := io.Copy(out, io.LimitReader(body, r.Limit-s.Size+1))
	switch {
	case out.err != nil:
		return out.err
	case err != nil:
		return &cutError{err}
	case s.Size+n > r.Limit:
		dropPart(r)
		return fmt.Errorf("more than the %d bytes allowed", r.Limit)
	case s.Total > 0 && s.Size+n < s.Total:
		return &cutError{io.ErrUnexpectedEOF}
	case s.Total > 0 && s.Size+n > s.Total:
		dropPart(r)
		return &cutError{errors.New("the parts are longer than the file")}
	}
	return file.Sync()
}

// sink keeps an error of the disk apart from one of the network.
type sink struct {
	file *os.File
	err  error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	s.err = err
	return n, err
}

// finish checks a complete part and moves it to its place. The state goes last: without it the file is fetched again.
func finish(r Request) (state, error) {
	part := r.Path + partSuffix
	s, err := loadState(part + ".json")
	if err != nil {
		return s, err
	}
	if err := checkDigests(part, s.Digests); errors.Is(err, errDigest) {
		dropPart(r)
		return s, &cutError{err}
	} else if err != nil {
		return s, err
	}
	whole := part
	if s.Encoding == "gzip" {
		whole = part + ".plain"
		defer os.Remove(whole)
		if err := unpack(whole, part, r.Limit); err != nil {
			dropPart(r)
			return s, &cutError{err}
		}
	}
	if s.SHA256, s.Size, err = hashFile(whole); err != nil {
		return s, err
	}
	s.Total, s.Encoding, s.Digests = 0, "", nil
	if err := os.Rename(whole, r.Path); err != nil {
		return s, err
	}
	dropPart(r)
	return s, saveState(r.Path+stateSuffix, s)
}

// unpack writes what is packed at from, which is gzip, to the file at to.
func unpack(to, from string, limit int64) error {
	text, err := OpenText(from, limit)
	if err != nil {
		return err
	}
	defer text.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, text)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// Forget lets the next Fetch to path bring the whole file, whatever the server says of changes. It is for a file that
// turned out not to be what it should be.
func Forget(path string) error {
	err := os.Remove(path + stateSuffix)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func dropPart(r Request) {
	os.Remove(r.Path + partSuffix)
	os.Remove(r.Path + partSuffix + ".json")
}

func loadState(path string) (state, error) {
	var s state
	data, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(data, &s)
}

func saveState(path string, s state) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	temp := path + ".tmp"
	if err := os.WriteFile(temp, append(data, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// rangeStart returns where the part of a 206 answer begins.
func rangeStart(h http.Header) (int64, bool) {
	text, ok := strings.CutPrefix(h.Get("Content-Range"), "bytes ")
	if !ok {
		return 0, false
	}
	from, _, ok := strings.Cut(text, "-")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(from, 10, 64)
	return n, err == nil
}
