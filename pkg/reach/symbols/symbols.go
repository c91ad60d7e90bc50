package symbols

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Entry says what one advisory is about in one package.
type Entry struct {
	Advisory  string   `yaml:"advisory"`  // a CVE, a GHSA id or another id of the advisory
	Ecosystem string   `yaml:"ecosystem"` // as OSV spells it; may be left out in a file named for one
	Package   string   `yaml:"package"`
	Symbols   []string `yaml:"symbols"` // as the language writes them
	How       string   `yaml:"how"`     // how they were found out, for whoever reviews
}

// Overlay is a list of entries by advisory.
type Overlay struct {
	entries map[string][]Entry
}

const (
	maxFile    = 8 << 20
	maxSymbols = 500
)

// Add reads one file and adds its entries. The ecosystem is what entries have that name none; the file's name stands in errors.
func (o *Overlay) Add(file, ecosystem string, data []byte) error {
	if len(data) > maxFile {
		return fmt.Errorf("%s: larger than %d MiB", file, maxFile>>20)
	}
	var nodes []yaml.Node
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err == nil {
		err = loader.Load(&nodes)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: want a list of entries with advisory, package and symbols: %w", file, err)
	}
	for i := range nodes {
		var e Entry
		if err := nodes[i].Load(&e, yaml.WithKnownFields()); err != nil {
			return fmt.Errorf("%s:%d: %w", file, nodes[i].Line, err)
		}
		if e.Ecosystem == "" {
			e.Ecosystem = ecosystem
		}
		if err := e.validate(); err != nil {
			return fmt.Errorf("%s:%d: %w", file, nodes[i].Line, err)
		}
		if o.entries == nil {
			o.entries = map[string][]Entry{}
		}
		id := strings.ToUpper(e.Advisory)
		o.entries[id] = append(o.entries[id], e)
	}
	return nil
}

func (e Entry) validate() error {
	switch {
	case e.Advisory == "":
		return errors.New("an entry has no advisory; want a CVE or a GHSA id")
	case e.Package == "":
		return fmt.Errorf("the entry of %s has no package", e.Advisory)
	case e.Ecosystem == "":
		return fmt.Errorf("the entry of %s has no ecosystem; want npm, PyPI, Maven, NuGet or Go", e.Advisory)
	case len(e.Symbols) == 0:
		return fmt.Errorf("the entry of %s has no symbols; leave the entry out where they are not known", e.Advisory)
	case len(e.Symbols) > maxSymbols:
		return fmt.Errorf("the entry of %s has %d symbols; want at most %d", e.Advisory, len(e.Symbols), maxSymbols)
	}
	return nil
}

// Of returns the symbols of the finding's advisory, under any of its ids, in its package.
func (o *Overlay) Of(f fettle.Finding) []fettle.Symbols {
	var all []fettle.Symbols
	if o == nil {
		return nil
	}
	for _, id := range append([]string{f.Rule}, f.Aliases...) {
		for _, e := range o.entries[strings.ToUpper(id)] {
			if e.Ecosystem == f.Package.Ecosystem && e.Package == f.Package.Name {
				all = append(all, fettle.Symbols{Names: e.Symbols})
			}
		}
	}
	return all
}

//go:embed *.yaml
var files embed.FS

// ecosystems are those of the files that come with the program, by name.
var ecosystems = map[string]string{"npm": "npm", "pypi": "PyPI", "maven": "Maven", "nuget": "NuGet"}

// Builtin returns the overlay that comes with the program.
func Builtin() (*Overlay, error) {
	o := &Overlay{}
	list, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, f := range list {
		data, err := files.ReadFile(f.Name())
		if err != nil {
			return nil, err
		}
		if err := o.Add(f.Name(), ecosystems[strings.TrimSuffix(f.Name(), path.Ext(f.Name()))], data); err != nil {
			return nil, err
		}
	}
	return o, nil
}
