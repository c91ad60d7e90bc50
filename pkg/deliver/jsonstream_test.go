package deliver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// whole is what encoding/json writes at once.
func whole(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAStreamIsWhatEncodingJSONWrites(t *testing.T) {
	type inner struct {
		A string    `json:"a,omitempty"`
		B time.Time `json:"b,omitzero"`
		C []string  `json:"c"`
		D *inner    `json:"d,omitempty"`
		E map[string]int
		F []inner `json:"f"`
		g int
		H string  `json:"-"`
		I float64 `json:"i,omitempty"`
		J any     `json:"j,omitempty"`
	}
	day := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, v := range map[string]any{
		"sample":       jsonReport{JSONSchema, sample()},
		"empty report": jsonReport{},
		"nothing":      struct{}{},
		"nested": inner{A: "<&>\u2028\"\x00", B: day, C: []string{}, D: &inner{F: []inner{}, E: map[string]int{"x": 1}},
			F: []inner{{}, {F: []inner{{F: []inner{{F: []inner{{A: "deep"}}}}}}}}, g: 1, H: "x", I: 0.5, J: []int{1}},
		"list": []inner{{A: "x"}, {}},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			s := newJSONStream(&b)
			s.value(reflect.ValueOf(v), "", 0)
			if err := s.end(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(whole(t, v), b.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// failing takes some bytes and no more.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("no room")
	}
	return len(p), nil
}

func TestAStreamThatCannotBeWrittenIsAnError(t *testing.T) {
	r := fettle.Report{}
	for i := range 10_000 {
		r.Lockfiles = append(r.Lockfiles, fmt.Sprint(i))
		r.Cases = append(r.Cases, fettle.Case{Finding: fettle.Finding{Title: "title"}})
	}
	if err := (JSON{Out: &failing{left: 1 << 17}}).Deliver(t.Context(), r); err == nil {
		t.Error("no error")
	}
}

// BenchmarkJSON writes a report of many packages.
func BenchmarkJSON(b *testing.B) {
	r := fettle.Report{Inventory: &fettle.Inventory{}}
	for i := range 100 {
		p := fettle.Project{Lockfile: fmt.Sprint(i)}
		for j := range 1_000 {
			p.Nodes = append(p.Nodes, fettle.Node{Package: fettle.Package{Ecosystem: "npm", Name: fmt.Sprint(j), Version: "1.0.0"}, Holders: []fettle.Edge{{Range: "^1"}}})
		}
		r.Inventory.Projects = append(r.Inventory.Projects, p)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := (JSON{Out: io.Discard}).Deliver(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}
