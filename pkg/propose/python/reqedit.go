package python

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// raise moves all that the files say of one package to the version that u asks for, and returns the places. hashes are those
// of that version.
func (t *reqTree) raise(u fettle.Upgrade, hashes []string) (places int, err error) {
	name := python.Normalize(u.Package.Name)
	for _, file := range t.files() {
		text := t.now[file]
		list := t.parsed[file].List
		for i := len(list) - 1; i >= 0; i-- { // from the end, so that lines stay where they are
			r := list[i]
			if r.Name != name || r.Address != "" {
				continue
			}
			span, err := repinned(r, u, hashes)
			if err != nil {
				return places, fmt.Errorf("%s:%d: %w", file, r.Line, err)
			}
			if span == nil {
				continue
			}
			lines := strings.SplitAfter(text, "\n")
			if r.Line < 1 || r.End > len(lines) || r.End < r.Line {
				return places, fmt.Errorf("%s:%d: the requirement has moved: %w", file, r.Line, fettle.ErrRefused)
			}
			moved, err := span(strings.Join(lines[r.Line-1:r.End], ""))
			if err != nil {
				return places, fmt.Errorf("%s:%d: %w", file, r.Line, err)
			}
			text = strings.Join(lines[:r.Line-1], "") + moved + strings.Join(lines[r.End:], "")
			places++
		}
		if text != t.now[file] {
			t.set(file, text)
		}
	}
	return places, nil
}

// repinned returns how the text of r changes for u; nil where it already says so or speaks of something else.
func repinned(r python.Requirement, u fettle.Upgrade, hashes []string) (func(string) (string, error), error) {
	version, exact := python.Pinned(r.Spec)
	switch {
	case exact && comparable(version) && (order(version, u.To) == 0 || order(version, u.Package.Version) != 0):
		return nil, nil // there already, or a pin for other machines
	case exact:
		return func(span string) (string, error) {
			span, ok := replaceVersion(span, version, u.To)
			if !ok {
				return "", fmt.Errorf("%s is not pinned as %s on one line; move it by hand: %w", r.Name, r.Spec, fettle.ErrRefused)
			}
			return replaceHashes(span, r.Name, u.To, hashes)
		}, nil
	case python.Admits(r.Spec, u.To):
		return nil, nil
	case u.Kind != fettle.Direct:
		return nil, fmt.Errorf("asks for %s %s, which %s is not; that range must move first: %w", r.Name, r.Spec, u.To, fettle.ErrRefused)
	}
	return func(span string) (string, error) {
		at := strings.Index(span, r.Spec)
		if at < 0 || r.Spec == "" {
			return "", fmt.Errorf("%s %s does not stand on one line; move it by hand: %w", r.Name, r.Spec, fettle.ErrRefused)
		}
		to := repin(r.Spec, u.To)
		if u.Range != "" && python.Admits(u.Range, u.To) && !strings.Contains(u.Range, "||") {
			to = u.Range
		}
		return span[:at] + to + span[at+len(r.Spec):], nil
	}, nil
}

// replaceVersion replaces the version of the first == in text, before any option.
func replaceVersion(text, from, to string) (string, bool) {
	for at := 0; ; {
		i := strings.Index(text[at:], "==")
		if i < 0 {
			return text, false
		}
		at += i + 2
		for at < len(text) && (text[at] == '=' || text[at] == ' ' || text[at] == '\t') {
			at++
		}
		if rest, ok := strings.CutPrefix(text[at:], from); ok && (rest == "" || !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!+_*-", rune(rest[0]))) {
			return text[:at] + to + rest, true
		}
	}
}

var hashOption = regexp.MustCompile(`--hash[= ]\s*([a-z0-9]+):[0-9a-f]+`)

// replaceHashes puts hashes in the place of those of text, in its layout. Text without hashes stays.
func replaceHashes(text, name, version string, hashes []string) (string, error) {
	at := hashOption.FindAllStringSubmatchIndex(text, -1)
	if len(at) == 0 {
		return text, nil
	}
	if len(hashes) == 0 {
		return "", fmt.Errorf("the index gives no SHA-256 hashes of %s %s, and the pin has hashes: %w", name, version, fettle.ErrRefused)
	}
	between := " "
	if len(at) > 1 {
		between = text[at[0][1]:at[1][0]]
	} else if i := strings.LastIndex(text[:at[0][0]], "\n"); i >= 0 { // one hash on a line of its own
		between = " \\" + lineEnd(text) + text[i+1:at[0][0]]
	}
	if strings.Trim(between, " \t\r\n\\") != "" {
		return "", fmt.Errorf("the hashes of %s stand apart; move it by hand: %w", name, fettle.ErrRefused)
	}
	form := "--hash="
	if strings.HasPrefix(text[at[0][0]:], "--hash ") {
		form = "--hash "
	}
	var b strings.Builder
	for i, hash := range hashes {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(form + "sha256:" + hash)
	}
	return text[:at[0][0]] + b.String() + text[at[len(at)-1][1]:], nil
}

func lineEnd(text string) string {
	if strings.Contains(text, "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// hashes are those of all files of a version that an index serves, sorted as pip-compile and uv sort them.
func (p page) hashes(version string) []string {
	var list []string
	for _, f := range p.of(version) {
		if f.sha256 != "" {
			list = append(list, f.sha256)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// hasHashes reports whether text pins files by their hashes.
func hasHashes(text string) bool { return hashOption.MatchString(text) }

// add puts a line for a package into file: in its alphabetical place where the file is compiled, else at its end.
func (t *reqTree) add(file, name, version string, hashes, via []string) error {
	text := t.now[file]
	end := lineEnd(text)
	block := name + "==" + version
	if hasHashes(text) {
		if len(hashes) == 0 {
			return fmt.Errorf("%s needs a hash of %s %s, which the index does not give: %w", file, name, version, fettle.ErrRefused)
		}
		for _, hash := range hashes {
			block += " \\" + end + "    --hash=sha256:" + hash
		}
	}
	switch {
	case len(via) == 0 || !t.parsed[file].Noted:
	case strings.Contains(text, "  # via") && !strings.Contains(text, "\n    # via"): // as pip-compile --annotation-style=line has it
		block += "  # via " + strings.Join(via, ", ")
	case len(via) == 1:
		block += end + "    # via " + via[0]
	default:
		block += end + "    # via" + end + "    #   " + strings.Join(via, end+"    #   ")
	}
	lines := strings.SplitAfter(text, "\n")
	at := len(lines)
	if t.parsed[file].Compiled || t.parsed[file].Noted {
		at = place(t.parsed[file].List, lines, name)
	}
	if at == len(lines) && lines[at-1] == "" {
		at--
	}
	head := strings.Join(lines[:at], "")
	if head != "" && !strings.HasSuffix(head, "\n") {
		head += end
	}
	t.set(file, head+block+end+strings.Join(lines[at:], ""))
	return nil
}

// place is the index of the line before which name belongs.
func place(list []python.Requirement, lines []string, name string) int {
	at := 0
	for _, r := range list {
		if r.Name == "" {
			continue
		}
		if r.Name > name {
			return r.Line - 1
		}
		if at > 0 && slices.ContainsFunc(lines[at:min(r.Line, len(lines))], func(l string) bool { return strings.Contains(l, "considered to be unsafe") }) {
			break
		}
		at = min(r.End, len(lines))
		for at < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[at]), "#") && strings.TrimLeft(lines[at], " \t") != lines[at] {
			at++
		}
	}
	if at == 0 {
		return len(lines)
	}
	return at
}
