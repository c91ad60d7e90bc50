package discover

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// maxNesting bounds the depth of the nested dependencies of lockfile version 1.
const maxNesting = 200

// npmLock is what an npm lockfile says, whatever its version.
type npmLock struct {
	version int
	entries []npmEntry     // in the order of the file; the root project is the entry with key ""
	byKey   map[string]int // index into entries
	legacy  bool           // version 1: no packages section, so the root's needs come from package.json
}

// npmEntry is one entry of the packages section, or its equivalent of version 1.
type npmEntry struct {
	key     string // node_modules/a/node_modules/b; a workspace member by its directory
	name    string // the package's true name, also where it is installed under an alias
	version string
	link    string // the entry that this one points to, for workspace members
	local   bool   // file:, workspace or git content that no registry version names
	dev     bool
	opt     bool
	peer    bool
	needs   []npmNeed
	line    int // of the key
	endLine int
}

// npmNeed is one dependency that an entry declares.
type npmNeed struct {
	name, spec string
	section    string // dependencies, devDependencies, optionalDependencies, peerDependencies
	optional   bool   // may be missing
}

// lockError is a fault of a lockfile at a line.
type lockError struct {
	line int
	msg  string
}

func (e *lockError) Error() string { return e.msg }

// parseNPMLock reads package-lock.json or npm-shrinkwrap.json of versions 1 to 3
// (https://docs.npmjs.com/cli/configuring-npm/package-lock-json). Errors are *lockError.
func parseNPMLock(data []byte) (*npmLock, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	r := &lockReader{dec: json.NewDecoder(bytes.NewReader(data)), data: data}
	lock := &npmLock{byKey: map[string]int{}}
	var v1 []npmEntry
	sawPackages, sawVersion := false, false
	err := r.object(func(key string) error {
		switch key {
		case "lockfileVersion":
			sawVersion = true
			if err := r.dec.Decode(&lock.version); err != nil {
				return r.fault("lockfileVersion is not a number: " + err.Error())
			}
			if lock.version < 1 || lock.version > 3 {
				return r.fault(fmt.Sprintf("unknown lockfileVersion %d; want 1, 2 or 3", lock.version))
			}
			return nil
		case "packages":
			sawPackages = true
			return r.packages(lock)
		case "dependencies":
			return r.dependencies("", 0, &v1)
		}
		return r.skip()
	})
	if err == nil {
		var extra json.RawMessage
		if e := r.dec.Decode(&extra); !errors.Is(e, io.EOF) {
			err = r.fault("text after the end of the lockfile")
		}
	}
	if err != nil {
		return nil, r.at(err)
	}
	if !sawVersion && !sawPackages && v1 == nil {
		return nil, &lockError{1, "no lockfileVersion; this is not an npm lockfile"}
	}
	if !sawPackages {
		if lock.version > 1 {
			return nil, &lockError{1, fmt.Sprintf("lockfileVersion is %d but there is no packages section", lock.version)}
		}
		lock.legacy = true
		for _, e := range v1 {
			lock.add(e)
		}
	}
	return lock, nil
}

func (l *npmLock) add(e npmEntry) {
	if i, ok := l.byKey[e.key]; ok { // a repeated key: the last one counts, as JSON.parse has it
		l.entries[i] = e
		return
	}
	l.byKey[e.key] = len(l.entries)
	l.entries = append(l.entries, e)
}

// lockReader walks JSON and knows on which line it is.
type lockReader struct {
	dec    *json.Decoder
	data   []byte
	offset int // up to where lines were counted
	lines  int // newlines before offset
}

// line returns the line on which the last token ended.
func (r *lockReader) line() int {
	at := min(int(r.dec.InputOffset()), len(r.data))
	if at > r.offset {
		r.lines += bytes.Count(r.data[r.offset:at], []byte("\n"))
		r.offset = at
	}
	return r.lines + 1
}

func (r *lockReader) fault(msg string) error { return &lockError{r.line(), msg} }

// at turns errors of encoding/json into lockErrors with a line.
func (r *lockReader) at(err error) error {
	var le *lockError
	if errors.As(err, &le) {
		return le
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at := min(max(int(syntax.Offset), 0), len(r.data))
		return &lockError{bytes.Count(r.data[:at], []byte("\n")) + 1, "not valid JSON: " + err.Error()}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &lockError{bytes.Count(r.data, []byte("\n")) + 1, "the file ends in the middle; it is cut off"}
	}
	return &lockError{r.line(), err.Error()}
}

func (r *lockReader) skip() error {
	var raw json.RawMessage
	return r.dec.Decode(&raw)
}

// object calls field for each key of the object that comes next; field must consume the value.
func (r *lockReader) object(field func(key string) error) error {
	tok, err := r.dec.Token()
	if err != nil {
		return err
	}
	if tok == nil {
		return nil
	}
	if tok != json.Delim('{') {
		return r.fault("want an object here")
	}
	for r.dec.More() {
		tok, err := r.dec.Token()
		if err != nil {
			return err
		}
		key, ok := tok.(string)
		if !ok {
			return r.fault("want a key here")
		}
		if err := field(key); err != nil {
			return err
		}
	}
	_, err = r.dec.Token()
	return err
}

// rawEntry is the part of an entry of the packages section that matters here. Dependencies that are no strings are faults
// of the lockfile, told with their line.
type rawEntry struct {
	Name                 string                     `json:"name"`
	Version              string                     `json:"version"`
	Resolved             json.RawMessage            `json:"resolved"`
	Link                 bool                       `json:"link"`
	Dev                  bool                       `json:"dev"`
	Optional             bool                       `json:"optional"`
	DevOptional          bool                       `json:"devOptional"`
	Peer                 bool                       `json:"peer"`
	Dependencies         map[string]string          `json:"dependencies"`
	DevDependencies      map[string]string          `json:"devDependencies"`
	OptionalDependencies map[string]string          `json:"optionalDependencies"`
	PeerDependencies     map[string]string          `json:"peerDependencies"`
	PeerDependenciesMeta map[string]json.RawMessage `json:"peerDependenciesMeta"`
}

func (r *lockReader) packages(lock *npmLock) error {
	return r.object(func(key string) error {
		line := r.line()
		var raw rawEntry
		if err := r.dec.Decode(&raw); err != nil {
			return r.entryFault(key, err)
		}
		e := npmEntry{key: key, name: raw.Name, version: raw.Version, line: line, endLine: r.line(),
			dev: raw.Dev || raw.DevOptional, opt: raw.Optional, peer: raw.Peer}
		if e.name == "" {
			e.name = nameOfKey(key)
		}
		var resolved string
		_ = json.Unmarshal(raw.Resolved, &resolved) // absent, or a boolean for bundled ones
		if raw.Link {
			e.link = path.Clean(resolved)
			e.local = true
		}
		if key != "" && !strings.Contains("/"+key, "/node_modules/") {
			e.local = true
		}
		e.needs = needsOf(raw)
		lock.add(e)
		return nil
	})
}

func (r *lockReader) entryFault(key string, err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return r.fault(fmt.Sprintf("entry %q: %s is %s, want %s", key, wrong.Field, wrong.Value, wrong.Type))
	}
	return err
}

func needsOf(raw rawEntry) []npmNeed {
	var needs []npmNeed
	for _, name := range sortedKeys(raw.Dependencies) {
		if _, twice := raw.OptionalDependencies[name]; !twice {
			needs = append(needs, npmNeed{name, raw.Dependencies[name], "dependencies", false})
		}
	}
	for _, name := range sortedKeys(raw.OptionalDependencies) {
		needs = append(needs, npmNeed{name, raw.OptionalDependencies[name], "optionalDependencies", true})
	}
	for _, name := range sortedKeys(raw.PeerDependencies) {
		var meta struct {
			Optional bool `json:"optional"`
		}
		_ = json.Unmarshal(raw.PeerDependenciesMeta[name], &meta) // absent for most
		needs = append(needs, npmNeed{name, raw.PeerDependencies[name], "peerDependencies", meta.Optional})
	}
	for _, name := range sortedKeys(raw.DevDependencies) {
		needs = append(needs, npmNeed{name, raw.DevDependencies[name], "devDependencies", false})
	}
	return needs
}

// dependencies reads the nested section of version 1 and gives each package the key that later versions would.
func (r *lockReader) dependencies(parent string, depth int, into *[]npmEntry) error {
	if depth > maxNesting {
		return r.fault(fmt.Sprintf("dependencies nested deeper than %d", maxNesting))
	}
	return r.object(func(name string) error {
		e := npmEntry{key: strings.TrimPrefix(parent+"/node_modules/"+name, "/"), name: name, line: r.line()}
		at := len(*into)
		*into = append(*into, e)
		err := r.object(func(field string) error {
			switch field {
			case "version":
				return r.decode(name, &e.version)
			case "dev":
				return r.decode(name, &e.dev)
			case "optional":
				return r.decode(name, &e.opt)
			case "requires":
				return r.requires(&e)
			case "dependencies":
				return r.dependencies(e.key, depth+1, into)
			}
			return r.skip()
		})
		if err != nil {
			return err
		}
		e.endLine = r.line()
		if alias, ok := strings.CutPrefix(e.version, "npm:"); ok {
			if i := strings.LastIndex(alias, "@"); i > 0 {
				e.name, e.version = alias[:i], alias[i+1:]
			}
		} else if strings.ContainsAny(e.version, ":/") { // file:, git+ssh:, an address of a tarball
			e.local, e.version = true, ""
		}
		(*into)[at] = e
		return nil
	})
}

func (r *lockReader) decode(entry string, into any) error {
	if err := r.dec.Decode(into); err != nil {
		return r.entryFault(entry, err)
	}
	return nil
}

// requires is an object of ranges, or in the oldest files a boolean.
func (r *lockReader) requires(e *npmEntry) error {
	var raw json.RawMessage
	if err := r.dec.Decode(&raw); err != nil {
		return err
	}
	var ranges map[string]string
	if json.Unmarshal(raw, &ranges) == nil {
		for _, name := range sortedKeys(ranges) {
			e.needs = append(e.needs, npmNeed{name, ranges[name], "dependencies", false})
		}
	}
	return nil
}

// nameOfKey returns the package name at the end of a key: node_modules/@a/b is @a/b.
func nameOfKey(key string) string {
	i := strings.LastIndex("/"+key, "/node_modules/")
	if i < 0 {
		return path.Base(key)
	}
	return ("/" + key)[i+len("/node_modules/"):]
}
