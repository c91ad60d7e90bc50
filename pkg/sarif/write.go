package sarif

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Bytes returns l as indented JSON with a final newline. The same log gives the same bytes.
func (l Log) Bytes() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(l); err != nil {
		return nil, fmt.Errorf("encode SARIF: %w", err)
	}
	return b.Bytes(), nil
}

// Write writes l to w as Bytes gives it.
func Write(w io.Writer, l Log) error {
	b, err := l.Bytes()
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}
