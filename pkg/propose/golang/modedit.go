package golang

import (
	"cmp"
	"fmt"
	"go/version"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// required is one requirement of a go.mod; the zero value is none.
type required struct {
	version  string
	indirect bool
}

// requirements reads those of a go.mod, and what it says of the Go that builds it.
func requirements(name, text string) (all map[string]required, goLine, toolchain string, err error) {
	f, err := modfile.Parse(name, []byte(unmarked(text)), lenient)
	if err != nil {
		return nil, "", "", fmt.Errorf("%w: %w", err, fettle.ErrRefused)
	}
	all = map[string]required{}
	for _, r := range f.Require {
		have, twice := all[r.Mod.Path]
		if twice && semver.Compare(have.version, r.Mod.Version) > 0 {
			r.Mod.Version = have.version
		}
		all[r.Mod.Path] = required{r.Mod.Version, r.Indirect && (!twice || have.indirect)}
	}
	if f.Go != nil {
		goLine = f.Go.Version
	}
	if f.Toolchain != nil {
		toolchain = f.Toolchain.Name
	}
	return all, goLine, toolchain, nil
}

// splice is a replacement of text[from:to].
type splice struct {
	from, to int
	text     string
}

// editRequirements returns a go.mod in which requirements are what wanted says; those that it does not name, comments,
// order and blocks stay. The zero required takes a requirement away.
func editRequirements(name, text string, wanted map[string]required) (string, error) {
	head := text[:len(text)-len(unmarked(text))]
	text = unmarked(text)
	f, err := modfile.Parse(name, []byte(text), lenient)
	if err != nil {
		return "", fmt.Errorf("%w: %w", err, fettle.ErrRefused)
	}
	e := &modEditor{text: text, file: f, newline: "\n"}
	if strings.Contains(text, "\r\n") {
		e.newline = "\r\n"
	}
	here := map[string]bool{}
	for _, r := range f.Require {
		want, ok := wanted[r.Mod.Path]
		if !ok {
			continue
		}
		if here[r.Mod.Path] && want.version != "" {
			continue // a second line for the same module: the first one counts now
		}
		here[r.Mod.Path] = true
		if err := e.change(r, want); err != nil {
			return "", fmt.Errorf("%s:%d: %w", name, r.Syntax.Start.Line, err)
		}
	}
	var missing []string
	for p, want := range wanted {
		if !here[p] && want.version != "" {
			missing = append(missing, p)
		}
	}
	slices.Sort(missing)
	e.add(missing, wanted)
	e.dropEmpty()
	return head + e.done(), nil
}

// modEditor collects what changes in one go.mod.
type modEditor struct {
	text    string
	file    *modfile.File
	newline string
	splices []splice
	gone    map[*modfile.Line]bool
}

// change gives one requirement its new version and mark.
func (e *modEditor) change(r *modfile.Require, want required) error {
	line := r.Syntax
	if want.version == "" {
		if e.gone == nil {
			e.gone = map[*modfile.Line]bool{}
		}
		e.gone[line] = true
		from, to := e.wholeLine(line)
		e.splices = append(e.splices, splice{from, to, ""})
		return nil
	}
	if want.version != r.Mod.Version {
		old := line.Token[len(line.Token)-1]
		at := strings.LastIndex(e.text[line.Start.Byte:line.End.Byte], old)
		if at < 0 {
			return fmt.Errorf("the version %s does not stand where it should: %w", old, fettle.ErrRefused)
		}
		at += line.Start.Byte
		e.splices = append(e.splices, splice{at, at + len(old), want.version})
	}
	if want.indirect == r.Indirect {
		return nil
	}
	if want.indirect {
		if len(line.Comments.Suffix) > 0 {
			at := line.Comments.Suffix[0].Start.Byte + len("//")
			e.splices = append(e.splices, splice{at, at, " indirect;"})
		} else {
			e.splices = append(e.splices, splice{line.End.Byte, line.End.Byte, " // indirect"})
		}
		return nil
	}
	for _, c := range line.Comments.Suffix {
		rest, ok := strings.CutPrefix(strings.TrimSpace(strings.TrimPrefix(c.Token, "//")), "indirect")
		if !ok {
			continue
		}
		end := c.Start.Byte + len(strings.TrimRight(c.Token, "\r"))
		if rest = strings.TrimSpace(strings.TrimPrefix(rest, ";")); rest != "" {
			e.splices = append(e.splices, splice{c.Start.Byte, end, "// " + rest})
		} else {
			e.splices = append(e.splices, splice{line.End.Byte, end, ""})
		}
	}
	return nil
}

// wholeLine is where a line with the comments above and behind it begins and ends, its line end included.
func (e *modEditor) wholeLine(line *modfile.Line) (from, to int) {
	from = line.Start.Byte
	if len(line.Comments.Before) > 0 {
		from = line.Comments.Before[0].Start.Byte
	}
	from = strings.LastIndex(e.text[:from], "\n") + 1
	to = len(e.text)
	if i := strings.Index(e.text[line.End.Byte:], "\n"); i >= 0 {
		to = line.End.Byte + i + 1
	}
	return from, to
}

// add writes requirements that the file has none of: into a block of their kind, where its order has them, else into a new
// one below the last requirement.
func (e *modEditor) add(paths []string, wanted map[string]required) {
	rest := map[bool][]string{}
	for _, p := range paths {
		want := wanted[p]
		block := e.block(want.indirect)
		if block == nil {
			rest[want.indirect] = append(rest[want.indirect], p)
			continue
		}
		at := -1
		for _, line := range block.Line {
			if cmp.Compare(line.Token[0], p) > 0 && !e.gone[line] {
				at, _ = e.wholeLine(line)
				break
			}
		}
		if at < 0 {
			at = strings.LastIndex(e.text[:block.RParen.Pos.Byte], "\n") + 1
		}
		e.splices = append(e.splices, splice{at, at, "\t" + written(p, want) + e.newline})
	}
	for _, indirect := range []bool{false, true} {
		list := rest[indirect]
		if len(list) == 0 {
			continue
		}
		at := e.below()
		lead := e.newline
		if at > 0 && !strings.HasSuffix(e.text[:at], "\n") {
			lead += e.newline
		}
		var b strings.Builder
		if len(list) == 1 {
			b.WriteString(lead + "require " + written(list[0], wanted[list[0]]) + e.newline)
		} else {
			b.WriteString(lead + "require (" + e.newline)
			for _, p := range list {
				b.WriteString("\t" + written(p, wanted[p]) + e.newline)
			}
			b.WriteString(")" + e.newline)
		}
		e.splices = append(e.splices, splice{at, at, b.String()})
	}
}

func written(p string, r required) string {
	text := modfile.AutoQuote(p) + " " + r.version
	if r.indirect {
		text += " // indirect"
	}
	return text
}

// block is the last block of requirements whose lines are of a kind, or one that mixes kinds.
func (e *modEditor) block(indirect bool) *modfile.LineBlock {
	var same, mixed, last *modfile.LineBlock
	for _, stmt := range e.file.Syntax.Stmt {
		block, ok := stmt.(*modfile.LineBlock)
		if !ok || len(block.Token) == 0 || block.Token[0] != "require" || len(block.Line) == 0 {
			continue
		}
		last = block
		n := 0
		for _, line := range block.Line {
			if isIndirect(line) {
				n++
			}
		}
		switch {
		case indirect && n == len(block.Line), !indirect && n == 0:
			same = block
		case n > 0:
			mixed = block
		}
	}
	switch {
	case same != nil:
		return same
	case mixed == nil && !e.separates():
		return last
	}
	return mixed
}

// separates reports whether indirect requirements stand in a block of their own: since Go 1.17 the go command has it so.
func (e *modEditor) separates() bool {
	return e.file.Go != nil && version.Compare("go"+e.file.Go.Version, "go1.17") >= 0
}

func isIndirect(line *modfile.Line) bool {
	return slices.ContainsFunc(line.Comments.Suffix, func(c modfile.Comment) bool {
		text := strings.TrimSpace(strings.TrimPrefix(c.Token, "//"))
		return text == "indirect" || strings.HasPrefix(text, "indirect;")
	})
}

// below is where the last statement of requirements ends, else the first statement of all.
func (e *modEditor) below() int {
	end := len(e.text)
	seen := false
	for _, stmt := range e.file.Syntax.Stmt {
		is := false
		switch stmt := stmt.(type) {
		case *modfile.Line:
			is = len(stmt.Token) > 0 && (stmt.Token[0] == "require" || !seen && (stmt.Token[0] == "go" || stmt.Token[0] == "toolchain" || stmt.Token[0] == "module"))
			seen = seen || is && stmt.Token[0] == "require"
		case *modfile.LineBlock:
			is = len(stmt.Token) > 0 && stmt.Token[0] == "require"
			seen = seen || is
		}
		if is {
			_, last := stmt.Span()
			end = len(e.text)
			if i := strings.Index(e.text[last.Byte:], "\n"); i >= 0 {
				end = last.Byte + i + 1
			}
		}
	}
	return end
}

// dropEmpty takes away blocks all of whose lines are gone.
func (e *modEditor) dropEmpty() {
	if len(e.gone) == 0 {
		return
	}
	for _, stmt := range e.file.Syntax.Stmt {
		block, ok := stmt.(*modfile.LineBlock)
		if !ok || len(block.Line) == 0 || slices.ContainsFunc(block.Line, func(l *modfile.Line) bool { return !e.gone[l] }) {
			continue
		}
		from, _ := e.wholeLine(&modfile.Line{Start: block.Start, End: block.Start, Comments: block.Comments})
		to := len(e.text)
		if i := strings.Index(e.text[block.RParen.Pos.Byte:], "\n"); i >= 0 {
			to = block.RParen.Pos.Byte + i + 1
		}
		inner := slices.ContainsFunc(e.splices, func(s splice) bool { return s.text != "" && s.from > from && s.from < to })
		if inner {
			continue // something new stands in it
		}
		e.splices = slices.DeleteFunc(e.splices, func(s splice) bool { return s.from >= from && s.to <= to })
		if rest := e.text[to:]; strings.HasPrefix(rest, e.newline) { // the empty line below goes with it
			to += len(e.newline)
		}
		e.splices = append(e.splices, splice{from, to, ""})
	}
}

func (e *modEditor) done() string {
	slices.SortStableFunc(e.splices, func(a, b splice) int { return cmp.Compare(a.from, b.from) })
	var out strings.Builder
	at := 0
	for _, s := range e.splices {
		if s.from < at {
			continue
		}
		out.WriteString(e.text[at:s.from])
		out.WriteString(s.text)
		at = s.to
	}
	out.WriteString(e.text[at:])
	return out.String()
}
