package validate

import (
	"encoding/json"
	"fmt"
)

// maxNested bounds how deep the packages of a lockfile of version 1 stand in each other.
const maxNested = 64

// lockfile is the part of package-lock.json that the guard needs.
type lockfile struct {
	Version  int                  `json:"lockfileVersion"`
	Packages map[string]lockEntry `json:"packages"`
	Nested   json.RawMessage      `json:"dependencies"` // what version 1 has instead
}

type lockEntry struct {
	Name      string          `json:"name"`
	Version   string          `json:"version"`
	Resolved  string          `json:"resolved"`
	Integrity string          `json:"integrity"`
	Link      bool            `json:"link"`
	Nested    json.RawMessage `json:"dependencies"` // entries in version 1, ranges elsewhere
}

// lockfiles that npm ci reads, the one that wins first.
var lockfiles = []string{"npm-shrinkwrap.json", "package-lock.json"}

// flatten writes the entries of a lockfile of version 1 under the keys that later versions use.
func flatten(nested json.RawMessage, under string, into map[string]lockEntry, depth int) error {
	if depth > maxNested {
		return fmt.Errorf("packages nested more than %d deep", maxNested)
	}
	var level map[string]lockEntry
	if err := json.Unmarshal(nested, &level); err != nil {
		return err
	}
	for name, e := range level {
		key := under + "node_modules/" + name
		into[key] = e
		if len(e.Nested) > 0 {
			if err := flatten(e.Nested, key+"/", into, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
