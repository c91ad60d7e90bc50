package pack

import (
	"fmt"
	"io"
	"os"
)

// readFile loads file into memory, for systems that cannot map it.
func readFile(file *os.File, size int64) ([]byte, func() error, error) {
	if int64(int(size)) != size {
		return nil, nil, fmt.Errorf("%d bytes are too many for this machine", size)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(file, data); err != nil {
		return nil, nil, err
	}
	return data, func() error { return nil }, nil
}
