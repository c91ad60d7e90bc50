package document

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// huge repeats unit up to the largest file that is read.
func huge(before, unit, after string) []byte {
	n := (project.MaxFile - len(before) - len(after)) / len(unit)
	return []byte(before + strings.Repeat(unit, n) + after)
}

// The largest file that is read, of the smallest values that there are, must end in time and in bounds, whatever it holds.
func TestTheLargestFileEndsInTimeAndMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, tt := range []struct {
		name  string
		parse func([]byte) error
		data  func() []byte
	}{
		{"JSON numbers", tree(ParseJSON), func() []byte { return huge("[0", ",0", "]") }},
		{"JSON objects", tree(ParseJSON), func() []byte { return huge("[{}", ",{}", "]") }},
		{"JSON string", tree(ParseJSON), func() []byte { return huge(`"`, `\n`, `"`) }},
		{"JSONC", tree(ParseJSONC), func() []byte { return huge("[0", ",0//\n", "]") }},
		{"YAML list", tree(ParseYAML), func() []byte { return huge("", "- a\n", "") }},
		{"YAML flow", tree(ParseYAML), func() []byte { return huge("[0", ",0", "]") }},
		{"YAML block", tree(ParseYAML), func() []byte { return huge("a: |\n", "  b\n", "") }},
		{"YAML comments", tree(ParseYAML), func() []byte { return huge("a: b\n", "#\n", "") }},
		{"YAML documents", tree(ParseYAML), func() []byte { return huge("", "--- a\n", "") }},
		{"YAML tags", tree(ParseYAML), func() []byte { return huge("", "!", "") }},
		{"TOML array", tree(ParseTOML), func() []byte { return huge("a = [0", ",0", "]\n") }},
		{"TOML tables", tree(ParseTOML), func() []byte { return huge("", "[[a]]\n", "") }},
		{"TOML string", tree(ParseTOML), func() []byte { return huge("a = '''", "b\n", "'''\n") }},
		{"TOML dots", tree(ParseTOML), func() []byte { return huge("a", ".a", " = 1") }},
		{"XML elements", element, func() []byte { return huge("<a>", "<b/>", "</a>") }},
		{"XML text", element, func() []byte { return huge("<a>", "b ", "</a>") }},
		{"XML attributes", element, func() []byte { return huge("<a ", "b='' ", "/>") }},
		{"YAML list within the bound", tree(ParseYAML), func() []byte { return []byte(strings.Repeat("- a\n", 374_990)) }},
		{"YAML map within the bound", tree(ParseYAML), func() []byte { return []byte(strings.Repeat("a: b\n", 374_990)) }},
		{"YAML flow within the bound", tree(ParseYAML), func() []byte { return []byte("[" + strings.Repeat("0,", 749_990) + "]") }},
		{"YAML dashes in one line", tree(ParseYAML), func() []byte { return []byte(strings.Repeat("- ", 749_990)) }},
		{"YAML question marks in one line", tree(ParseYAML), func() []byte { return []byte(strings.Repeat("? ", 749_990)) }},
		{"YAML open brackets", tree(ParseYAML), func() []byte { return []byte(strings.Repeat("[", maxOpen)) }},
		{"TOML array within the bound", tree(ParseTOML), func() []byte { return []byte("a = [" + strings.Repeat("0,", 2_499_980) + "]") }},
		{"TOML tables within the bound", tree(ParseTOML), func() []byte { return []byte(strings.Repeat("[[a]]\n", 833_320)) }},
		{"TOML keys within the bound", tree(ParseTOML), func() []byte {
			var b strings.Builder
			for i := range 1_200_000 {
				fmt.Fprintf(&b, "a%d=1\n", i)
			}
			return []byte(b.String())
		}},
		{"TOML dots within the bound", tree(ParseTOML), func() []byte { return []byte("a" + strings.Repeat(".a", 2_499_980) + " = 1") }},
		{"TOML open brackets", tree(ParseTOML), func() []byte { return []byte("a = " + strings.Repeat("[", maxOpen)) }},
		{"XML elements within the bound", element, func() []byte { return []byte("<a>" + strings.Repeat("<b/>", 3_999_990) + "</a>") }},
		{"XML attributes within the bound", element, func() []byte { return []byte("<a " + strings.Repeat("b='' ", 3_999_990) + "/>") }},
		{"JSON within the bound", tree(ParseJSON), func() []byte { return []byte("[0" + strings.Repeat(",0", 1_999_990) + "]") }},
		{"zeros", tree(ParseYAML), func() []byte { return huge("", "\x00", "") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := tt.data()
			peak := watch(t)
			begin := time.Now()
			err := tt.parse(data)
			took := time.Since(begin)
			most := peak()
			t.Logf("%s, %d MiB more, %v", took.Round(time.Millisecond), most>>20, err)
			if most > 800<<20 {
				t.Errorf("took %d MiB beside the file; want less than 800", most>>20)
			}
			if took > 60*time.Second { // 10 s on an idle machine; this only catches what has no end
				t.Errorf("took %s", took)
			}
		})
	}
}

// watch returns a function that tells by how much the heap grew at most since.
func watch(t *testing.T) func() uint64 {
	t.Helper()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	done, peak := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapInuse)
			select {
			case <-done:
				peak <- most - min(most, before.HeapInuse)
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(done)
		return <-peak
	}
}
