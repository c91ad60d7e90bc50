package golang

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/vuln/scan"
)

// message is what govulncheck writes one of.
type message struct {
	Finding *struct {
		OSV   string  `json:"osv"`
		Trace []frame `json:"trace"`
	} `json:"finding"`
}

// frame is one call, the vulnerable symbol first. Its position is that of the call, but for the first the symbol's own.
type frame struct {
	Module   string `json:"module"`
	Version  string `json:"version"`
	Package  string `json:"package"`
	Function string `json:"function"`
	Receiver string `json:"receiver"`
	Position *struct {
		Filename string `json:"filename"`
		Line     int    `json:"line"`
	} `json:"position"`
}

// maxFrames bounds the calls of one trace.
const maxFrames = 1000

// scan runs govulncheck and returns the shortest trace to each target's symbols, by ID. Packages that do not compile, and those
// that need them, are left out, and it says so in broken. A module may hold no packages but for tests and tools: then nothing
// calls anything.
func (b *build) scan(ctx context.Context, tests bool) (map[string][]step, error) {
	if len(b.top()) == 0 {
		return nil, nil
	}
	db := filepath.Join(b.root, dbDir)
	if err := writeDatabase(db, b.job.Targets, b.replaced()); err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		found, err := b.scanOnce(ctx, db, tests)
		if err == nil || try == 2 || !b.leaveUncompiled(err.Error()) {
			return found, err
		}
		if len(b.top()) == 0 {
			return nil, errors.New(b.broken[0])
		}
	}
}

// replaced returns the original names of each module that stands in the place of another.
func (b *build) replaced() map[string][]string {
	names := map[string][]string{}
	for _, p := range b.packages {
		if m := p.Module; m != nil && m.Replace != nil && m.Replace.Version != "" && m.Replace.Path != m.Path && !slices.Contains(names[m.Replace.Path], m.Path) {
			names[m.Replace.Path] = append(names[m.Replace.Path], m.Path)
		}
	}
	for _, list := range names {
		slices.Sort(list)
	}
	return names
}

func (b *build) scanOnce(ctx context.Context, db string, tests bool) (map[string][]step, error) {
	if err := os.Chdir(b.members[0].Dir); err != nil { // govulncheck asks the go command here which module it is in
		return nil, err
	}
	out, err := os.Create(filepath.Join(b.root, "govulncheck.json"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	args := []string{"-json", "-db", "file://" + filepath.ToSlash(db)}
	if tests {
		args = append(args, "-test")
	}
	cmd := scan.Command(ctx, append(append(args, "--"), b.top()...)...)
	cmd.Stdout, cmd.Stderr = out, io.Discard
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if err := cmd.Wait(); err != nil {
		return nil, err
	}
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return b.traces(out)
}

// traces reads what govulncheck says.
func (b *build) traces(r io.Reader) (map[string][]step, error) {
	best := map[string][]frame{}
	for d := json.NewDecoder(r); ; {
		var m message
		if err := d.Decode(&m); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read what govulncheck says: %w", err)
		}
		if m.Finding == nil || len(m.Finding.Trace) == 0 || len(m.Finding.Trace) > maxFrames || m.Finding.Trace[0].Function == "" {
			continue
		}
		id, ok := strings.CutPrefix(m.Finding.OSV, entryPrefix)
		if !ok {
			continue
		}
		if have := best[id]; have == nil || shorter(m.Finding.Trace, have) {
			best[id] = m.Finding.Trace
		}
	}
	found := map[string][]step{}
	for _, t := range b.job.Targets {
		if trace := best[t.ID]; trace != nil {
			found[t.ID] = b.traceSteps(trace)
		}
	}
	return found, nil
}

// shorter orders traces: those that end in an initializer last, else by length, then by text.
func shorter(a, c []frame) bool {
	if x, y := isInit(a[0].Function), isInit(c[0].Function); x != y {
		return y
	}
	if len(a) != len(c) {
		return len(a) < len(c)
	}
	return slices.CompareFunc(a, c, func(x, y frame) int { return strings.Compare(x.text(), y.text()) }) < 0
}

func (f frame) text() string {
	text := f.Package + "\x00" + f.Receiver + "\x00" + f.Function
	if f.Position != nil {
		text += fmt.Sprintf("\x00%s\x00%09d", f.Position.Filename, f.Position.Line)
	}
	return text
}

// isInit reports whether a function runs because its package is linked in.
func isInit(function string) bool { return function == "init" || strings.HasPrefix(function, "init#") }

// traceSteps turns a trace around: from the entry to the symbol.
func (b *build) traceSteps(trace []frame) []step {
	steps := make([]step, 0, len(trace))
	for _, f := range slices.Backward(trace) {
		s := step{Package: f.Package, Symbol: f.symbol()}
		p := b.packages[f.Package]
		if p == nil { // of a test: "app_test", "app [app.test]"
			name, _, _ := strings.Cut(f.Package, " ")
			p = b.packages[strings.TrimSuffix(name, "_test")]
		}
		if p != nil {
			s.Module, s.Version = b.step(p).Module, b.step(p).Version
		} else {
			s.Module, s.Version = f.Module, strings.TrimPrefix(f.Version, "v")
		}
		if f.Position != nil && f.Position.Line > 0 {
			s.File, s.Line = f.Position.Filename, f.Position.Line
			if p != nil && f.Position.Filename != "" {
				s.File = b.fileName(p, filepath.Join(p.Dir, path.Base(f.Position.Filename)))
			}
		}
		steps = append(steps, s)
	}
	return steps
}

// symbol is the function as the Go runtime writes it.
func (f frame) symbol() string {
	switch {
	case strings.HasPrefix(f.Receiver, "*"):
		return f.Package + ".(" + f.Receiver + ")." + f.Function
	case f.Receiver != "":
		return f.Package + "." + f.Receiver + "." + f.Function
	}
	return f.Package + "." + f.Function
}

// leaveUncompiled leaves out the own packages that an error of the type checker is about, and those that need one that it is
// about. It reports whether that is any.
func (b *build) leaveUncompiled(text string) bool {
	byDir := map[string]string{}
	for name, p := range b.packages {
		byDir[p.Dir] = name
	}
	bad := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "-: "))
		file, _, ok := strings.Cut(line, ".go:")
		if name, known := byDir[filepath.Dir(file)]; ok && known {
			bad[name] = true
			b.tellBroken(&listError{Err: line})
		}
	}
	more := false
	for _, name := range b.order { // dependencies come first
		p := b.packages[name]
		if !bad[name] && !slices.ContainsFunc(p.imports(), func(i string) bool { return bad[i] }) {
			continue
		}
		bad[name] = true
		if !p.DepOnly && !b.left[name] {
			b.left[name], more = true, true
		}
	}
	return more
}

// testScan looks at what tests reach, for targets that other code does not.
func (b *build) testScan(ctx context.Context, outcomes []result) {
	found, err := b.scan(ctx, true)
	if err != nil {
		return // tests that do not compile say nothing of the program
	}
	for i, t := range b.job.Targets {
		if len(outcomes[i].Trace) > 0 {
			continue
		}
		outcomes[i].TestOnly = slices.DeleteFunc(found[t.ID], func(s step) bool {
			return strings.HasSuffix(s.Package, ".test") // the program that go test makes up
		})
	}
}
