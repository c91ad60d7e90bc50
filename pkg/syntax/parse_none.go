//go:build !cgo

package syntax

import (
	"context"
	"errors"
)

// Available reports whether this program was built with the parsers, which are in C.
const Available = false

// Parse needs a build with cgo.
func Parse(context.Context, Language, []byte) (*Tree, error) {
	return nil, errors.New("this fettle was built without parsers of source code; build it with CGO_ENABLED=1 and a C compiler")
}
