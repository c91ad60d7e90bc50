package discover

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/fettle-dev/fettle/pkg/discover/ospkg"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/sbom"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// SBOM finds vulnerable packages in one bill of materials, wherever it lies.
type SBOM struct {
	Database database
	File     string
}

// Discover reads the file; the tree of the run is not looked at. Places are in the base name of the file.
func (s SBOM) Discover(ctx context.Context, _ fettle.Repo) (fettle.Discovery, error) {
	in, err := os.Open(s.File)
	if err != nil {
		return fettle.Discovery{}, fmt.Errorf("read the bill of materials: %w", err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, project.MaxFile+1))
	if err != nil {
		return fettle.Discovery{}, fmt.Errorf("read the bill of materials: %w", err)
	}
	if len(data) > project.MaxFile {
		return fettle.Discovery{}, fmt.Errorf("read the bill of materials: larger than %d MiB", project.MaxFile>>20)
	}
	return found(ctx, s.Database, sbom.Parse(filepath.Base(s.File), data))
}

// RootFS finds vulnerable packages of the operating system whose files lie below Dir.
type RootFS struct {
	Database database
	Dir      string
	Temp     string // a folder for copies of databases; "" is the machine's
}

// Discover reads the databases of the system's packages; the tree of the run is not looked at.
func (s RootFS) Discover(ctx context.Context, _ fettle.Repo) (fettle.Discovery, error) {
	reading, err := ospkg.RootFS(ctx, s.Dir, s.Temp)
	if err != nil {
		return fettle.Discovery{}, err
	}
	return found(ctx, s.Database, reading)
}

// Image finds vulnerable packages of the operating system of a container image.
type Image struct {
	Database database
	File     string // an archive as docker save writes it, an OCI archive, or the folder of an OCI layout
	Temp     string
}

// Discover reads the layers of the image; the tree of the run is not looked at.
func (s Image) Discover(ctx context.Context, _ fettle.Repo) (fettle.Discovery, error) {
	reading, err := ospkg.Image(ctx, s.File, s.Temp)
	if err != nil {
		return fettle.Discovery{}, err
	}
	return found(ctx, s.Database, reading)
}

// found compares what was read with the advisories.
func found(ctx context.Context, db database, reading project.Reading) (fettle.Discovery, error) {
	f := fettle.Discovery{Inventory: fettle.Inventory{Projects: reading.Projects}, Gaps: reading.Gaps}
	return f, Dependencies{Database: db}.match(ctx, &f)
}
