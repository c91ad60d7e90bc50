package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/feed"
)

// dbText is the text of a file that may be an OSV record, as JSON.
type dbText struct {
	json  []byte
	yaml  []byte         // what it was written in, if not in JSON
	lines *feed.Document // of the YAML
}

// dbParse turns YAML into JSON and drops a byte order mark. It does not read JSON.
func dbParse(data []byte, isYAML bool) (dbText, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !isYAML {
		return dbText{json: data}, nil
	}
	doc, err := feed.YAML(data)
	return dbText{json: doc.JSON, yaml: data, lines: &doc}, err
}

// The keys that only OSV records have at their top, and those that make one beside an id.
var (
	recordKeys = []string{"affected", "schema_version"}
	besideID   = []string{"modified", "published", "withdrawn", "aliases", "details", "summary"}
	yamlRecord = regexp.MustCompile(`(?m)^(affected|modified):`)
)

// likely reports whether t has the words of a record, without reading it.
func (t dbText) likely() bool {
	return bytes.Contains(t.json, []byte(`"affected"`)) && bytes.Contains(t.json, []byte(`"id"`)) && bytes.Contains(t.json, []byte(`"modified"`))
}

// foreign reports whether t is clearly something else than an OSV record: JSON that is no object, or an object without what
// makes a record. Text that breaks off before it tells is not foreign but bad: it may be a record.
func (t dbText) foreign() bool {
	if t.json == nil {
		return !yamlRecord.Match(t.yaml)
	}
	keys, whole := topKeys(t.json)
	if keys == nil {
		return whole
	}
	if slices.ContainsFunc(recordKeys, func(k string) bool { return keys[k] }) {
		return false
	}
	if !whole { // it counts what came before the fault
		return len(keys) > 0 && !keys["id"] && !slices.ContainsFunc(besideID, func(k string) bool { return keys[k] })
	}
	return !keys["id"] || !keys["modified"] && !keys["withdrawn"]
}

// topKeys returns the keys of the object that data is, nil where it is none, and whether data is whole.
func topKeys(data []byte) (map[string]bool, bool) {
	in := json.NewDecoder(bytes.NewReader(data))
	first, err := in.Token()
	if err != nil {
		return nil, false
	}
	if first != json.Delim('{') {
		return nil, json.Valid(data)
	}
	keys := map[string]bool{}
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return keys, false
		}
		name, ok := key.(string)
		if !ok {
			return keys, false
		}
		keys[name] = true
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return keys, false
		}
	}
	_, err = in.Token()
	return keys, err == nil
}

// line returns the line within t that err speaks of, from 1.
func (t dbText) line(err error) int {
	var (
		syntax *json.SyntaxError
		wrong  *json.UnmarshalTypeError
		fault  *feed.YAMLError
		at     int64
	)
	switch {
	case errors.As(err, &fault):
		return fault.Line
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &wrong):
		at = wrong.Offset
	}
	if t.lines != nil {
		return t.lines.Line(max(at-1, 0)) // the offset is that of the value's end
	}
	return 1 + bytes.Count(t.json[:min(max(at, 0), int64(len(t.json)))], []byte("\n"))
}

// dbNames lists names of files, the most frequent first, a few of them.
func dbNames(count map[string]int) string {
	names := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		if d := count[b] - count[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	const few = 5
	if len(names) > few {
		names = append(names[:few], "...")
	}
	return strings.Join(names, ", ")
}
