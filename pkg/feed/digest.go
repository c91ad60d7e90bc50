package feed

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"strings"
)

// A digest is what the server says that a checksum of the file is, as algorithm=base64. It finds transfers that went
// wrong; that the file is the publisher's, only TLS tells.

var newHash = map[string]func() hash.Hash{
	"sha-256": sha256.New,
	"md5":     md5.New,
	"crc32c":  func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
}

// digests reads what an answer says of the whole file: Repr-Digest (RFC 9530), Digest (RFC 3230), Content-MD5, and the
// x-goog-hash of Google's storage, where OSV lies. What cannot be read, or of another algorithm, says nothing.
func digests(h http.Header) []string {
	var found []string
	add := func(algorithm, value string) {
		algorithm, value = strings.ToLower(strings.TrimSpace(algorithm)), strings.Trim(strings.TrimSpace(value), ":")
		sum, err := base64.StdEncoding.DecodeString(value)
		if fresh, ok := newHash[algorithm]; ok && err == nil && len(sum) == fresh().Size() {
			found = append(found, algorithm+"="+value)
		}
	}
	list := func(header string) {
		for _, line := range h.Values(header) {
			for _, item := range strings.Split(line, ",") {
				if algorithm, value, ok := strings.Cut(item, "="); ok {
					add(algorithm, value)
				}
			}
		}
	}
	list("Repr-Digest")
	list("Digest")
	if value := h.Get("Content-MD5"); value != "" {
		add("md5", value)
	}
	if stored := h.Get("X-Goog-Stored-Content-Encoding"); stored == "" || stored == "identity" {
		list("X-Goog-Hash")
	}
	return found
}

var errDigest = errors.New("what came is not what the server says it sent")

// checkDigests reads the file at path and compares it with each of want.
func checkDigests(path string, want []string) error {
	if len(want) == 0 {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var (
		sums    = make([]hash.Hash, len(want))
		writers = make([]io.Writer, len(want))
	)
	for i, w := range want {
		algorithm, _, _ := strings.Cut(w, "=")
		fresh, ok := newHash[algorithm]
		if !ok {
			return fmt.Errorf("unknown checksum %.40q", w)
		}
		sums[i] = fresh()
		writers[i] = sums[i]
	}
	if _, err := io.Copy(io.MultiWriter(writers...), file); err != nil {
		return err
	}
	for i, w := range want {
		algorithm, value, _ := strings.Cut(w, "=")
		if got := base64.StdEncoding.EncodeToString(sums[i].Sum(nil)); got != value {
			return fmt.Errorf("%w: its %s is %s, not %s", errDigest, algorithm, got, value)
		}
	}
	return nil
}
