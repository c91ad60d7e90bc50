package main

import (
	"context"
	"io"
	"os"
	"strings"
)

// Of the files of a tree, those up to this size are read ahead, this many.
const (
	aheadBytes = 256 << 10
	aheadFiles = 64
)

// dbAhead is a file and, where it was read ahead, its content.
type dbAhead struct {
	file dbFile
	data []byte // nil where it is to be read in its turn
}

// readAhead hands out files in their order and reads the small ones while those before them are parsed: a tree has hundreds of
// thousands, and opening one takes as long as parsing it. What cannot be read ahead fails in its turn. It ends with ctx.
func readAhead(ctx context.Context, files []dbFile) <-chan dbAhead {
	out := make(chan dbAhead, aheadFiles)
	go func() {
		defer close(out)
		for _, f := range files {
			a := dbAhead{file: f}
			if dbOneRecord(f.path) && !strings.HasSuffix(strings.ToLower(f.path), ".gz") {
				a.data = readSmall(f.path)
			}
			select {
			case out <- a:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// readSmall returns the content of a small file, nil where it is large or cannot be read.
func readSmall(path string) []byte {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.Size() > aheadBytes {
		return nil
	}
	data := make([]byte, info.Size()+1) // one more shows that it has grown
	n, err := io.ReadFull(file, data)
	if err != io.ErrUnexpectedEOF {
		return nil
	}
	return data[:n]
}
