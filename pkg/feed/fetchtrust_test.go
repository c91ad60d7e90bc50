package feed

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func base64Sum(data []byte, algorithm string) string {
	switch algorithm {
	case "md5":
		sum := md5.Sum(data)
		return base64.StdEncoding.EncodeToString(sum[:])
	case "crc32c":
		return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))))
	}
	sum := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// with sends headers, then what handler sends.
func with(handler http.HandlerFunc, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		handler(w, r)
	}
}

func TestChecksumThatTheServerGivesIsChecked(t *testing.T) {
	wrong := base64Sum([]byte("other"), "sha-256")
	tests := []struct {
		name   string
		header []string
		ok     bool
	}{
		{"Repr-Digest", []string{"Repr-Digest", "sha-256=:" + base64Sum(content, "sha-256") + ":"}, true},
		{"Digest", []string{"Digest", "SHA-256=" + base64Sum(content, "sha-256")}, true},
		{"Content-MD5", []string{"Content-MD5", base64Sum(content, "md5")}, true},
		{"Google's two", []string{"X-Goog-Hash", "crc32c=" + base64Sum(content, "crc32c"), "X-Goog-Hash", "md5=" + base64Sum(content, "md5")}, true},
		{"unknown algorithm", []string{"Digest", "sha-1=xyz, UNIXsum=30637"}, true},
		{"no base64", []string{"Digest", "sha-256=***"}, true},
		{"hash of what is stored packed", []string{"X-Goog-Stored-Content-Encoding", "gzip", "X-Goog-Hash", "md5=" + base64Sum([]byte("packed"), "md5")}, true},
		{"wrong Repr-Digest", []string{"Repr-Digest", "sha-256=:" + wrong + ":"}, false},
		{"one of two wrong", []string{"X-Goog-Hash", "crc32c=" + base64Sum(content, "crc32c") + ",md5=" + base64Sum([]byte("other"), "md5")}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, with(whole, tt.header...))
			path := filepath.Join(t.TempDir(), "f")
			_, err := fetcher().Fetch(t.Context(), Request{URL: s.URL, Path: path, Limit: 1 << 20})
			if tt.ok {
				if err != nil {
					t.Fatal(err)
				}
				wantFiles(t, path, "f", "f.fetch.json")
				return
			}
			if !errors.Is(err, errDigest) || len(s.requests) != 4 {
				t.Errorf("%v after %d requests; want a wrong checksum after 4", err, len(s.requests))
			}
			wantFiles(t, path)
		})
	}
}

func TestChecksumIsOfTheWholeFileAlsoWhenItCameInParts(t *testing.T) {
	digest := []string{"Digest", "sha-256=" + base64Sum(content, "sha-256")}
	damaged := bytes.Clone(content)
	damaged[500] ^= 1
	first := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(damaged[:1000])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	s := serve(t, with(first, digest...), whole, whole)
	path := filepath.Join(t.TempDir(), "f")
	if _, err := fetcher().Fetch(t.Context(), Request{URL: s.URL, Path: path, Limit: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(path); err != nil || !bytes.Equal(data, content) || len(s.requests) != 3 {
		t.Errorf("%d bytes after %d requests, %v", len(data), len(s.requests), err)
	}
}

func TestAnswerPackedAgainstTheRequestIsUnpacked(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(content)
	z.Close()
	send := func(encoding string, data []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", encoding)
			w.Header().Set("ETag", `"g1"`)
			w.Write(data)
		}
	}
	tests := []struct {
		name     string
		handlers []http.HandlerFunc
		limit    int64
		want     string // of the error
	}{
		{"gzip", []http.HandlerFunc{send("gzip", packed.Bytes())}, 1 << 20, ""},
		{"old name", []http.HandlerFunc{send("x-gzip", packed.Bytes())}, 1 << 20, ""},
		{"cut, then whole", []http.HandlerFunc{send("gzip", packed.Bytes()[:packed.Len()/2]), send("gzip", packed.Bytes())}, 1 << 20, ""},
		{"unpacks to more than allowed", []http.HandlerFunc{send("gzip", packed.Bytes())}, int64(len(content)) - 1, "more text than allowed"},
		{"another packing", []http.HandlerFunc{send("br", []byte("x"))}, 1 << 20, `"br"; want it plain or as gzip`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.handlers...)
			path := filepath.Join(t.TempDir(), "f")
			got, err := fetcher().Fetch(t.Context(), Request{URL: s.URL, Path: path, Limit: tt.limit})
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v; want %q", err, tt.want)
				}
				wantFiles(t, path)
				return
			}
			data, readErr := os.ReadFile(path)
			if err != nil || readErr != nil || !bytes.Equal(data, content) || got.Size != int64(len(content)) {
				t.Errorf("%d bytes, %+v, %v", len(data), got, err)
			}
			wantFiles(t, path, "f", "f.fetch.json")
		})
	}
}

func TestTransferThatWasCompleteIsNotRepeated(t *testing.T) {
	s := serve(t, cutAfter(1000, `"v1"`))
	r := Request{URL: s.URL, Path: filepath.Join(t.TempDir(), "f"), Limit: 1 << 20}
	once := fetcher()
	once.Retries = -1
	if _, err := once.Fetch(t.Context(), r); err == nil {
		t.Fatal("no error")
	}
	// As if the run had been killed between the last byte and the rename.
	if err := os.WriteFile(r.Path+".part", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := once.Fetch(t.Context(), r); err != nil || got.Size != int64(len(content)) || len(s.requests) != 1 {
		t.Errorf("%+v, %v, %d requests", got, err, len(s.requests))
	}
}

func TestForgottenFileIsFetchedAgain(t *testing.T) {
	s := serve(t, whole)
	r := Request{URL: s.URL, Path: filepath.Join(t.TempDir(), "f"), Limit: 1 << 20}
	for range 2 {
		if got, err := fetcher().Fetch(t.Context(), r); err != nil || got.Unchanged {
			t.Fatalf("%+v, %v", got, err)
		}
		if err := Forget(r.Path); err != nil {
			t.Fatal(err)
		}
	}
	if err := Forget(r.Path); err != nil {
		t.Error(err)
	}
}

func TestRedirectsAreFollowedButNeverOutOfTLS(t *testing.T) {
	plain := serve(t, whole)
	to := func(address string) http.HandlerFunc { return status(302, "Location", address) }
	s := serve(t, to(plain.URL+"/elsewhere"))
	path := filepath.Join(t.TempDir(), "f")
	if got, err := fetcher().Fetch(t.Context(), Request{URL: s.URL, Path: path, Limit: 1 << 20}); err != nil || got.Size != int64(len(content)) {
		t.Errorf("%+v, %v", got, err)
	}
	asked := 0
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		to(plain.URL)(w, r)
	}))
	defer secure.Close()
	f := fetcher()
	f.Client = secure.Client()
	if _, err := f.Fetch(t.Context(), Request{URL: secure.URL, Path: path, Limit: 1 << 20}); !errors.Is(err, errDowngrade) || asked != 1 {
		t.Errorf("%v after %d requests; want one refusal", err, asked)
	}
	again := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) })
	if _, err := fetcher().Fetch(t.Context(), Request{URL: again.URL, Path: path, Limit: 1 << 20}); err == nil || !strings.Contains(err.Error(), "10 redirects") {
		t.Errorf("%v; want an end to the circle", err)
	}
}

func TestCredentialsAreSentAndNeverShownOrKept(t *testing.T) {
	const user, password, token = "us3r", "s3cret", "t0ken"
	asked := ""
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		name, pass, _ := r.BasicAuth()
		asked = name + ":" + pass + "?" + r.URL.RawQuery
		cutAfter(100, `"v1"`)(w, r)
	})
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	with := func(address string) string {
		return strings.Replace(address, "http://", "http://"+user+":"+password+"@", 1) + "/f?key=" + token
	}
	dir := t.TempDir()
	addresses := map[string]string{
		"cut": with(s.URL), "dead": with(dead.URL), "no address": "ftp://" + user + ":" + password + "@host/?" + token,
		"hard to parse": "http://" + user + ":" + password + "@host/%zz?" + token,
		"redirected":    serve(t, status(302, "Location", with(dead.URL))).URL,
	}
	for name, address := range addresses {
		_, err := fetcher().Fetch(t.Context(), Request{URL: address, Path: filepath.Join(dir, name), Limit: 1 << 20})
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		for _, secret := range []string{user, password, token} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s shows %q: %v", name, secret, err)
			}
		}
	}
	if asked != user+":"+password+"?key="+token {
		t.Errorf("the server was given %q", asked)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if text := string(data); strings.Contains(text, password) || strings.Contains(text, token) || strings.Contains(text, user) {
			t.Errorf("%s keeps %s", e.Name(), text)
		}
	}
	proxied := discreet(errors.New(`invalid proxy address "http://` + user + ":" + password + `@proxy": no host`))
	if strings.Contains(proxied.Error(), password) || !strings.Contains(proxied.Error(), "proxy\"") {
		t.Error(proxied)
	}
}

func TestShownAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://a.example/b/c.zip":         "https://a.example/b/c.zip",
		"https://u:p@a.example:8443/b":      "https://xxxxx@a.example:8443/b",
		"https://token@a.example/b?x=y#z":   "https://xxxxx@a.example/b?xxxxx",
		"https://a.example/%zz?secret":      "an address that is none",
		"mailto:x@a.example":                "mailto:x@a.example",
		"https://a.example/crates.io/a%2Fb": "https://a.example/crates.io/a/b",
	} {
		if got := Shown(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
