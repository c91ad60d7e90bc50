package feed

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
)

// OpenText opens the file at path for reading and unpacks it where it is gzip, whatever its name. Reading more than
// limit bytes of text is an error, so that a small file cannot unpack to a flood. The caller closes it.
func OpenText(path string, limit int64) (io.ReadCloser, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(file, 1<<16)
	text := &textReader{file: file, in: in, path: path, left: limit}
	if begin, _ := in.Peek(2); len(begin) == 2 && begin[0] == 0x1f && begin[1] == 0x8b {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("unpack %s: %w", path, err), file.Close())
		}
		text.in = unpacked
	}
	return text, nil
}

type textReader struct {
	file *os.File
	in   io.Reader
	path string
	left int64
}

func (t *textReader) Read(p []byte) (int, error) {
	if t.left < 0 {
		return 0, fmt.Errorf("%s: more text than allowed", t.path)
	}
	if int64(len(p)) > t.left+1 {
		p = p[:t.left+1] // one more shows that there is too much
	}
	n, err := t.in.Read(p)
	t.left -= int64(n)
	if t.left < 0 {
		return n, fmt.Errorf("%s: more text than allowed", t.path)
	}
	return n, err
}

func (t *textReader) Close() error { return t.file.Close() }
