package document

import (
	"fmt"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Bounds of one document.
const (
	maxValues = 2_000_000
	maxDepth  = 200
)

// Kind is the kind of a value. A number, a date or another plain scalar keeps its text.
type Kind int

const (
	Null Kind = iota
	Bool
	Number // dates of TOML and plain scalars of YAML that are no strings too
	String
	List
	Map
)

// String names k for a message.
func (k Kind) String() string {
	return [...]string{"null", "true or false", "a number", "a string", "a list", "an object"}[k]
}

// Value is one value of a document. The methods that look into a value take nil for one that is not there.
type Value struct {
	Kind    Kind
	Text    string // of a scalar, decoded
	Line    int    // where it begins, from 1
	EndLine int
	Items   []*Value // of a list
	Fields  []Field  // of a map, in the order of the document; no key stands twice
	index   map[string]int
}

// Field is one entry of a map.
type Field struct {
	Key   string
	Line  int // of the key
	Value *Value
}

// Get follows keys down through maps; nil where one is missing.
func (v *Value) Get(keys ...string) *Value {
	for _, key := range keys {
		f := v.Field(key)
		if f == nil {
			return nil
		}
		v = f.Value
	}
	return v
}

// Field returns the entry of a map; nil where it is missing or v is no map.
func (v *Value) Field(key string) *Field {
	if v == nil || v.Kind != Map {
		return nil
	}
	if i, ok := v.find(key); ok {
		return &v.Fields[i]
	}
	return nil
}

// Str returns the text of a string, a number or a date, "" for all else.
func (v *Value) Str() string {
	if v == nil || v.Kind != String && v.Kind != Number {
		return ""
	}
	return v.Text
}

// True reports whether v is the boolean true.
func (v *Value) True() bool { return v != nil && v.Kind == Bool && v.Text == "true" }

// Is reports whether v is there and of kind k.
func (v *Value) Is(k Kind) bool { return v != nil && v.Kind == k }

// List returns the items of a list, none for all else.
func (v *Value) List() []*Value {
	if v == nil {
		return nil
	}
	return v.Items
}

// Map returns the entries of a map in the order of the document, none for all else.
func (v *Value) Map() []Field {
	if v == nil {
		return nil
	}
	return v.Fields
}

// smallMap is up to how many keys a search beats an index.
const smallMap = 8

func (v *Value) find(key string) (int, bool) {
	if len(v.Fields) > smallMap {
		if v.index == nil {
			v.index = make(map[string]int, len(v.Fields))
			for i, f := range v.Fields {
				v.index[f.Key] = i
			}
		}
		i, ok := v.index[key]
		return i, ok
	}
	for i, f := range v.Fields {
		if f.Key == key {
			return i, true
		}
	}
	return 0, false
}

// put adds an entry. One that is there already is replaced; it reports whether the key is new.
func (v *Value) put(f Field) bool {
	if i, ok := v.find(f.Key); ok {
		v.Fields[i] = f
		return false
	}
	if v.index != nil {
		v.index[f.Key] = len(v.Fields)
	}
	v.Fields = append(v.Fields, f)
	return true
}

// builder counts values and notes faults while a tree grows.
type builder struct {
	values int
	last   int // line of the document, for YAML
	faults []project.Fault
	untold int
}

func (b *builder) count(line int) error {
	if b.values++; b.values > maxValues {
		return project.NewFault(line, fmt.Sprintf("more than %d values; not read", maxValues))
	}
	return nil
}

func (b *builder) deep(line, depth int) error {
	if depth > maxDepth {
		return project.NewFault(line, fmt.Sprintf("nested deeper than %d; not read", maxDepth))
	}
	return nil
}

// twice notes a repeated key.
func (b *builder) twice(line int, key string) {
	if len(b.faults) == project.MaxFaults {
		b.untold++
		return
	}
	b.faults = append(b.faults, project.Fault{Line: line, Msg: fmt.Sprintf("%.100q stands twice in one object; the last one counts, and the first was not checked", key)})
}

func (b *builder) told() []project.Fault {
	if b.untold > 0 {
		b.faults = append(b.faults, project.Fault{Msg: fmt.Sprintf("and %d more repeated keys in this file", b.untold)})
		b.untold = 0
	}
	return b.faults
}
