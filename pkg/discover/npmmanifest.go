package discover

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// npmManifest is what a package.json declares, with the line of each declaration.
type npmManifest struct {
	needs      []npmNeed
	lines      map[string]int // of the dependency's key, by section and name
	workspaces bool
}

var manifestSections = map[string]bool{
	"dependencies": false, "devDependencies": false, "optionalDependencies": true, "peerDependencies": false,
}

// parseNPMManifest reads package.json. Errors are *lockError.
func parseNPMManifest(data []byte) (*npmManifest, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	r := &lockReader{dec: json.NewDecoder(bytes.NewReader(data)), data: data}
	m := &npmManifest{lines: map[string]int{}}
	err := r.object(func(key string) error {
		optional, known := manifestSections[key]
		if key == "workspaces" {
			m.workspaces = true
		}
		if !known {
			return r.skip()
		}
		return r.object(func(name string) error {
			line := r.line()
			var spec string
			if err := r.decode(name, &spec); err != nil {
				return err
			}
			m.lines[key+"\x00"+name] = line
			m.needs = append(m.needs, npmNeed{name, spec, key, optional})
			return nil
		})
	})
	if err == nil {
		var extra json.RawMessage
		if e := r.dec.Decode(&extra); !errors.Is(e, io.EOF) {
			err = r.fault("text after the end of the manifest")
		}
	}
	if err != nil {
		return nil, r.at(err)
	}
	return m, nil
}

// line returns where name is declared, in the section that npm would install it for first; 0 if it is not.
func (m *npmManifest) line(name string) int {
	for _, section := range []string{"dependencies", "optionalDependencies", "peerDependencies", "devDependencies"} {
		if line := m.lines[section+"\x00"+name]; line > 0 {
			return line
		}
	}
	return 0
}

// drift returns the first dependency in which manifest and lockfile disagree, or "".
func (m *npmManifest) drift(root npmEntry) string {
	locked := map[string]string{}
	for _, n := range root.needs {
		locked[n.name] = n.spec
	}
	for _, n := range m.needs {
		spec, ok := locked[n.name]
		if !ok {
			return n.name + " is in package.json and not in the lockfile"
		}
		if spec != n.spec && !m.twice(n.name) {
			return n.name + " is " + n.spec + " in package.json and " + spec + " in the lockfile"
		}
		delete(locked, n.name)
	}
	for _, name := range sortedKeys(locked) {
		if m.line(name) == 0 {
			return name + " is in the lockfile and not in package.json"
		}
	}
	return ""
}

// twice reports whether name is declared in more than one section.
func (m *npmManifest) twice(name string) bool {
	count := 0
	for section := range manifestSections {
		if m.lines[section+"\x00"+name] > 0 {
			count++
		}
	}
	return count > 1
}
