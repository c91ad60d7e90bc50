package ospkg

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// isArchive reports whether what begins with head may be a layer: a tar archive, plain or compressed.
func isArchive(head []byte) bool {
	return bytes.HasPrefix(head, gzipMagic) || bytes.HasPrefix(head, zstdMagic) || len(head) >= 262 && string(head[257:262]) == "ustar" ||
		len(head) == 512 && len(bytes.Trim(head, "\x00")) == 0 // an empty one
}

// Archives are packed tenfold or so. An image that unpacks to more than maxRatio times its size and fairSize bytes, all
// layers together, is made to fill a machine.
const (
	maxRatio = 50
	fairSize = 1 << 30
)

// budget is how many bytes may yet be unpacked.
type budget struct{ left int64 }

func newBudget(size int64) *budget { return &budget{fairSize + size*maxRatio} }

// decompress returns what in holds, unpacked where it is packed. done lets go of it.
func decompress(in *bufio.Reader, b *budget) (out io.Reader, done func(), err error) {
	head, _ := in.Peek(4)
	done = func() {}
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, done, fmt.Errorf("is no whole gzip file: %w", err)
		}
		out = z
	case bytes.HasPrefix(head, zstdMagic):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20), zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, done, fmt.Errorf("is no whole zstd file: %w", err)
		}
		out, done = z, z.Close
	default:
		return in, done, nil
	}
	return bounded{out, b}, done, nil
}

// bounded fails once the budget is spent.
type bounded struct {
	in io.Reader
	*budget
}

func (b bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("unpacks to more than %d times its size", maxRatio)
	}
	return n, err
}
