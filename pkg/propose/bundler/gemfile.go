package bundler

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// A declaration begins with its method and a name in quotes.
var (
	inGemfile = regexp.MustCompile(`^[ \t]*gem[ \t]*\(?[ \t]*(?:"([^"#\\]+)"|'([^'\\]+)')`)
	inGemspec = regexp.MustCompile(`^[ \t]*[a-z_]+\.add_(?:runtime_|development_)?dependency[ \t]*\(?[ \t]*(?:"([^"#\\]+)"|'([^'\\]+)')`)
	elsewhere = regexp.MustCompile(`\b(path|git|github|gist|gitlab|bitbucket)(:|['"]?\s*=>)`)
)

// declared is the place of one declaration in a text.
type declared struct {
	line   int
	quoted [][2]int // the requirements, without quotes
	plain  bool     // they are texts in quotes, and there is nothing that is worked out when it runs
	local  bool     // it comes from a folder or a commit
}

// find lists the declarations of a gem. What stands in other code is not found.
func find(text, name string) []declared {
	var list []declared
	at, number := 0, 0
	for raw := range strings.Lines(text) {
		number++
		for _, method := range []*regexp.Regexp{inGemfile, inGemspec} {
			m := method.FindStringSubmatchIndex(raw)
			if m == nil || m[2] >= 0 && raw[m[2]:m[3]] != name || m[4] >= 0 && raw[m[4]:m[5]] != name {
				continue
			}
			d := declared{line: number}
			d.arguments(text, at+m[1])
			list = append(list, d)
		}
		at += len(raw)
	}
	return list
}

// arguments reads the requirements that follow a name: texts in quotes with commas between, in brackets or not. A comma
// carries the declaration on into the next line.
func (d *declared) arguments(text string, at int) {
	d.plain = true
	end := func() string { // the rest of the line
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			return text[at : at+i]
		}
		return text[at:]
	}
	space := func(lines bool) {
		for at < len(text) && (text[at] == ' ' || text[at] == '\t' || lines && (text[at] == '\n' || text[at] == '\r')) {
			at++
		}
	}
	for range 20 {
		space(false)
		if at == len(text) || text[at] != ',' {
			d.local = d.local || elsewhere.MatchString(end())
			return
		}
		at++
		space(true)
		if at < len(text) && text[at] == '[' {
			at++
			space(true)
		}
		if at == len(text) {
			return
		}
		quote := text[at]
		if quote != '"' && quote != '\'' {
			rest := end()
			d.local = elsewhere.MatchString(rest)
			d.plain = option.MatchString(rest)
			return
		}
		size := strings.IndexAny(text[at+1:], string(quote)+"\n\\#")
		if size < 0 || text[at+1+size] != quote {
			d.plain = false
			return
		}
		if rest := strings.TrimLeft(text[at+size+2:], " \t"); strings.HasPrefix(rest, "=>") || strings.HasPrefix(rest, ":") {
			d.local = d.local || elsewhere.MatchString(end())
			return
		}
		d.quoted = append(d.quoted, [2]int{at + 1, at + 1 + size})
		at += size + 2
		space(false)
		if at < len(text) && text[at] == ']' {
			at++
		}
	}
	d.plain = false
}

// option begins the options of a declaration.
var option = regexp.MustCompile(`^(:?[a-z_]+\s*=>|[a-z_]+:|\*\*)`)

// edit moves the requirements on a gem that do not admit its new version, where they stand. now are the requirements of the
// last declaration, edited or not.
func (b *Bundler) edit(file, text string, u fettle.Upgrade) (edited string, moved int, now []string, err error) {
	list := find(text, u.Package.Name)
	edited = text
	for i := len(list) - 1; i >= 0; i-- {
		d := list[i]
		if d.local {
			continue
		}
		if !d.plain {
			return "", 0, nil, fmt.Errorf("%s:%d: the requirement on %s is worked out when the file runs; ask for %s by hand: %w", file, d.line, u.Package.Name, u.To, fettle.ErrRefused)
		}
		var all []string
		for j := len(d.quoted) - 1; j >= 0; j-- {
			from, to := d.quoted[j][0], d.quoted[j][1]
			was := text[from:to]
			is := b.Repin(was, u.To)
			if !b.Admits(is, u.To) || !requirement.MatchString(strings.Split(was, ",")[0]) {
				return "", 0, nil, fmt.Errorf("%s:%d: the requirement %.100q on %s cannot be moved to %s; move it by hand: %w", file, d.line, was, u.Package.Name, u.To, fettle.ErrRefused)
			}
			if is != was {
				edited = edited[:from] + is + edited[to:]
				moved++
			}
			all = append(all, is)
		}
		now = all
	}
	return edited, moved, now, nil
}
