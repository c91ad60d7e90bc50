package feed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// server answers each request with the next handler, the last one for ever, and notes the requests.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	handlers []http.HandlerFunc
	requests []*http.Request
}

func serve(t *testing.T, handlers ...http.HandlerFunc) *server {
	s := &server{handlers: handlers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r)
		handler := s.handlers[0]
		if len(s.handlers) > 1 {
			s.handlers = s.handlers[1:]
		}
		s.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

var content = bytes.Repeat([]byte("0123456789abcdef"), 1<<12) // 64 KiB

// whole serves content as a file server would, ranges and conditions included.
func whole(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"v1"`)
	http.ServeContent(w, r, "f", time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), bytes.NewReader(content))
}

// cutAfter serves n bytes of content and closes the connection.
func cutAfter(n int, etag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:n])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func fetcher() Fetcher {
	return Fetcher{MinWait: time.Microsecond, MaxWait: time.Millisecond, Retries: 3}
}

func TestFetchGetsTheWholeFileInSpiteOfFaults(t *testing.T) {
	tests := []struct {
		name     string
		handlers []http.HandlerFunc
		ranges   []string // of the requests
	}{
		{"at once", []http.HandlerFunc{whole}, []string{""}},
		{"cut, then resumed", []http.HandlerFunc{cutAfter(1000, `"v1"`), whole}, []string{"", "bytes=1000-"}},
		{"cut, and changed since", []http.HandlerFunc{cutAfter(1000, `"v0"`), whole}, []string{"", "bytes=1000-"}},
		{"cut, and a weak ETag proves nothing", []http.HandlerFunc{cutAfter(1000, `W/"v1"`), whole}, []string{"", ""}},
		{"cut without an ETag", []http.HandlerFunc{cutAfter(1000, ""), whole}, []string{"", ""}},
		{"too many requests", []http.HandlerFunc{status(429, "Retry-After", "3600"), whole}, []string{"", ""}},
		{"unavailable", []http.HandlerFunc{status(503), status(503), whole}, []string{"", "", ""}},
		{"connection refused an answer", []http.HandlerFunc{func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, whole}, []string{"", ""}},
		{"another part than the one asked for", []http.HandlerFunc{cutAfter(1000, `"v1"`), func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", "bytes 5-10/65536")
			w.WriteHeader(206)
			w.Write(content[5:11])
		}, whole}, []string{"", "bytes=1000-", ""}},
		{"shorter now", []http.HandlerFunc{cutAfter(1000, `"v1"`), status(416), whole}, []string{"", "bytes=1000-", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.handlers...)
			path := filepath.Join(t.TempDir(), "f")
			got, err := fetcher().Fetch(t.Context(), Request{URL: s.URL, Path: path, Limit: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(content)
			want := Fetched{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content)), LastModified: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)}
			if strings.Contains(tt.name, "then resumed") {
				want.LastModified = time.Time{} // that of the first answer, which gave none
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			data, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(data, content) {
				t.Errorf("%d bytes, %v; want the %d served", len(data), err, len(content))
			}
			var ranges []string
			for _, r := range s.requests {
				ranges = append(ranges, r.Header.Get("Range"))
			}
			if diff := cmp.Diff(tt.ranges, ranges); diff != "" {
				t.Error(diff)
			}
			wantFiles(t, path, "f", "f.fetch.json")
		})
	}
}

func wantFiles(t *testing.T, path string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files: %s", diff)
	}
}

func TestUnchangedFileIsNotFetchedAgain(t *testing.T) {
	s := serve(t, whole)
	r := Request{URL: s.URL, Path: filepath.Join(t.TempDir(), "f"), Limit: 1 << 20}
	first, err := fetcher().Fetch(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	second, err := fetcher().Fetch(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if first.Unchanged || !second.Unchanged || first.SHA256 != second.SHA256 {
		t.Errorf("first %+v, second %+v", first, second)
	}
	// A file that is not what was fetched is fetched again.
	if err := os.WriteFile(r.Path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	third, err := fetcher().Fetch(t.Context(), r)
	if err != nil || third.Unchanged || third.SHA256 != first.SHA256 {
		t.Errorf("third %+v, %v", third, err)
	}
}

func TestFailureLeavesTheOldFile(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		limit   int64
		want    string
	}{
		{"not found", status(404), 1 << 20, "404"},
		{"still too many requests", status(429, "Retry-After", "3600"), 1 << 20, "try again after \"3600\""},
		{"still unavailable", status(503), 1 << 20, "503"},
		{"too large by its own word", whole, 1000, "more than the 1000 allowed"},
		{"too large without a word", func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			w.Write(content)
		}, 1000, "more than the 1000 bytes allowed"},
		{"always cut", cutAfter(10, ""), 1 << 20, "broke off"},
		{"304 out of turn", status(304), 1 << 20, "304"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.handler)
			path := filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := fetcher().Fetch(t.Context(), Request{URL: s.URL, Path: path, Limit: tt.limit})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), s.URL) {
				t.Errorf("got %v; want %q and the address", err, tt.want)
			}
			if data, err := os.ReadFile(path); err != nil || string(data) != "old" {
				t.Errorf("the old file is %q, %v", data, err)
			}
		})
	}
}

func TestTransferThatStallsIsGivenUpAndResumed(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:5000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}, whole)
	f := fetcher()
	f.Stall = 50 * time.Millisecond
	got, err := f.Fetch(t.Context(), Request{URL: s.URL, Path: filepath.Join(t.TempDir(), "f"), Limit: 1 << 20})
	if err != nil || got.Size != int64(len(content)) {
		t.Errorf("%+v, %v", got, err)
	}
	if len(s.requests) != 2 || s.requests[1].Header.Get("Range") != "bytes=5000-" {
		t.Errorf("%d requests", len(s.requests))
	}
}

func TestNextRunResumesWhatTheLastOneLeft(t *testing.T) {
	s := serve(t, cutAfter(1000, `"v1"`), whole)
	r := Request{URL: s.URL, Path: filepath.Join(t.TempDir(), "f"), Limit: 1 << 20}
	once := fetcher()
	once.Retries = -1
	if _, err := once.Fetch(t.Context(), r); err == nil {
		t.Fatal("no error")
	}
	wantFiles(t, r.Path, "f.part", "f.part.json")
	got, err := once.Fetch(t.Context(), r)
	if err != nil || got.Size != int64(len(content)) || s.requests[1].Header.Get("Range") != "bytes=1000-" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestCancelledFetchEndsAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		w.WriteHeader(503)
	})
	f := Fetcher{MinWait: time.Hour, MaxWait: time.Hour}
	if _, err := f.Fetch(ctx, Request{URL: s.URL, Path: filepath.Join(t.TempDir(), "f"), Limit: 1}); err == nil {
		t.Error("no error")
	}
}

func TestOnlyWebAddressesAreFetched(t *testing.T) {
	for _, address := range []string{"", "file:///etc/passwd", "ftp://example.com/x", "http://", "://"} {
		if _, err := (Fetcher{}).Fetch(t.Context(), Request{URL: address, Path: filepath.Join(t.TempDir(), "f"), Limit: 1}); err == nil {
			t.Errorf("%q was fetched", address)
		}
	}
}
