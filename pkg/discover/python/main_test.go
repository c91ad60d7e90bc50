package python

import (
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

type tree = projecttest.Tree

// read reads a tree without any settings.
func read(t testing.TB, files tree) project.Reading {
	t.Helper()
	return projecttest.Read(t, Reader{}, files.Write(t))
}
