package python

import (
	"context"
	"errors"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// missing is a machine on which no tool is installed.
type missing struct{}

func (missing) Run(_ context.Context, _ string, c sandbox.Command) (sandbox.Result, error) {
	return sandbox.Result{}, &sandbox.NotFoundError{Program: c.Args[0]}
}

func refused(err error) bool { return errors.Is(err, fettle.ErrRefused) }
