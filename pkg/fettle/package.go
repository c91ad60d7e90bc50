package fettle

// Package is one version of a package in one ecosystem.
type Package struct {
	Ecosystem string `json:"ecosystem"` // as OSV spells it: npm, PyPI, Maven, Go
	Name      string `json:"name"`
	Version   string `json:"version"`
}

// String returns name@version.
func (p Package) String() string {
	if p.Version == "" {
		return p.Name
	}
	return p.Name + "@" + p.Version
}

// Scope says what a dependency is needed for, the narrowest need last.
type Scope string

const (
	Production  Scope = "production"
	Peer        Scope = "peer"
	Optional    Scope = "optional"
	Development Scope = "development"
	Test        Scope = "test"
)

// Wider reports whether s reaches further into production than t.
func (s Scope) Wider(t Scope) bool { return s.width() > t.width() }

func (s Scope) width() int {
	switch s {
	case Production:
		return 5
	case Peer:
		return 4
	case Optional:
		return 3
	case Development:
		return 2
	case Test:
		return 1
	}
	return 0
}
