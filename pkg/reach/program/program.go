package program

import (
	"context"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// Program is one project of the inventory with the source files that may use its packages.
type Program struct {
	Project  fettle.Project
	Files    *project.Files                        // the whole tree
	Settings project.Settings                      // where package managers keep what they installed; nothing is fetched
	Sources  []Source                              // files in the analyst's languages below the project's folder, each parsed once, by path
	Unread   []Unread                              // files of these languages that could not be parsed at all
	Parsed   func(file string) (syntax.File, bool) // a file of the tree, in the project's folder or not, that was parsed for others; nil is none
	Others   []string                              // other files below the folder that may name a package: configuration, templates, scripts; by path
}

// Source is one parsed file of the program's own.
type Source struct {
	syntax.File
	Test bool // runs in tests only, by its name or folder
}

// Unread is a file that was not parsed.
type Unread struct {
	Path string
	Why  string
}

// Target is a package that findings are about.
type Target struct {
	Node    fettle.Node
	Symbols []fettle.Symbols // what the weakness is in; none where nobody says
}

// Reach is how far a program gets into a package.
type Reach string

const (
	Called      Reach = "called"       // it calls the vulnerable code
	Referenced  Reach = "referenced"   // it imports the package; nobody says which code is vulnerable, or that code is named and not called
	NoPath      Reach = "no_path"      // it imports the package, and no call leads to the vulnerable code
	NotImported Reach = "not_imported" // production code does not import it, directly or through others
)

// Verdict is the answer for one target.
type Verdict struct {
	Reach Reach        // empty where Known is false
	Known bool         // false: nobody can tell, and Why says why
	Why   string       // one line
	Chain []fettle.Hop // from the program's own code to the package; for NotImported by tests only, how tests reach it
}

// Analyst answers for one ecosystem.
type Analyst interface {
	Ecosystem() string
	Languages() []syntax.Language
	// Tests reports whether a file in one of the languages runs in tests only, by its name or folder.
	Tests(file string) bool
	// Mentions reports whether a file in another language may name packages that the program then loads: package.json's
	// scripts, a configuration of plugins, a template.
	Mentions(file string) bool
	// Analyze answers for each target, in the order given. It is asked for all of a program's targets at once.
	Analyze(ctx context.Context, p Program, targets []Target) ([]Verdict, []fettle.Gap, error)
}
