package osv

import "encoding/json"

// Symbols are the functions, methods and types of one package that an advisory names as vulnerable.
type Symbols struct {
	Path  string   // the import path of a Go package; "" where the names say it all
	Names []string // as the database writes them; none is all of Path
}

// maxSymbols bounds what one entry may name.
const maxSymbols = 2000

// Symbols returns what the entry names as vulnerable: imports as the Go vulnerability database writes them, affected_functions
// as GitHub's does, affects.functions as RustSec does. Nothing where it names none, or in a form that is not known.
func (p AffectedPackage) Symbols() []Symbols {
	var said struct {
		Imports []struct {
			Path    string   `json:"path"`
			Symbols []string `json:"symbols"`
		} `json:"imports"`
		Functions []string `json:"affected_functions"`
		Affects   struct {
			Functions []string `json:"functions"`
		} `json:"affects"`
	}
	if json.Unmarshal(p.EcosystemSpecific, &said) != nil {
		return nil
	}
	var all []Symbols
	for _, i := range said.Imports {
		if i.Path != "" && len(all) < maxSymbols {
			all = append(all, Symbols{Path: i.Path, Names: i.Symbols[:min(maxSymbols, len(i.Symbols))]})
		}
	}
	names := append(said.Functions, said.Affects.Functions...)
	if len(names) > 0 {
		all = append(all, Symbols{Names: names[:min(maxSymbols, len(names))]})
	}
	return all
}
