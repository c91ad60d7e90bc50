package python

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// deriveManifest edits the pins of a manifest that no lockfile answers for.
func (m *Pip) deriveManifest(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade, notes []string) (manager.Derivation, error) {
	files, err := project.OpenFiles(root)
	if err != nil {
		return manager.Derivation{}, err
	}
	defer files.Close()
	data, err := files.Read(p.Lockfile)
	if err != nil {
		return manager.Derivation{}, fmt.Errorf("%s: %w: %w", p.Lockfile, err, fettle.ErrRefused)
	}
	text := string(data)
	var d demand
	set := map[string]string{}
	for _, n := range p.Nodes {
		version := n.Version
		for _, u := range upgrades {
			if u.Package != n.Package {
				continue
			}
			if text, err = editDeclared(text, n.Location.Line, u); err != nil {
				return manager.Derivation{}, fmt.Errorf("%s:%d: %w", p.Lockfile, n.Location.Line, err)
			}
			version = u.To
		}
		if version != "" && nameForm.MatchString(n.Name) && comparable(version) {
			set[n.Name] = version
			if line := n.Name + "==" + version; !slices.Contains(d.requirements, line) {
				d.requirements = append(d.requirements, line)
			}
		}
	}
	if text == string(data) {
		return manager.Derivation{}, nil
	}
	switch _, _, err := m.prove(ctx, d); {
	case err == nil:
	case errors.Is(err, manager.ErrNoTool):
		notes = append(notes, "pip is not there, so it is not proven that the pins suit one another")
	case errors.Is(err, errUnproven):
		unknown, checkErr := m.check(ctx, set, upgrades)
		if checkErr != nil {
			return manager.Derivation{}, checkErr
		}
		notes = append(notes, fmt.Sprintf("checked by metadata only (%v); nothing is known of %d packages", err, len(unknown)))
	default:
		return manager.Derivation{}, err
	}
	return manager.Derivation{Texts: map[string]string{p.Lockfile: text}, Notes: notes}, nil
}

// editDeclared moves what one line of a manifest declares, or the lines of a table that begins there: "name==1.0" between
// quotes or bare as in setup.cfg, name = "1.0", name = {version = "1.0"}.
func editDeclared(text string, line int, u fettle.Upgrade) (string, error) {
	lines := strings.SplitAfter(text, "\n")
	if line < 1 || line > len(lines) {
		return "", fmt.Errorf("the declaration of %s has moved: %w", u.Package.Name, fettle.ErrRefused)
	}
	name := python.Normalize(u.Package.Name)
	at := line - 1
	if moved, ok, err := editLine(lines[at], name, u); err != nil {
		return "", err
	} else if ok {
		lines[at] = moved
		return strings.Join(lines, ""), nil
	}
	// [tool.poetry.dependencies.name], or a table over several lines: the version stands in a line below.
	for i := at; i < len(lines) && i < at+20; i++ {
		trimmed := strings.TrimSpace(lines[i])
		if i > at && (strings.HasPrefix(trimmed, "[") || trimmed == "") {
			break
		}
		if moved, ok := editKey(lines[i], "version", u); ok {
			lines[i] = moved
			return strings.Join(lines, ""), nil
		}
	}
	return "", fmt.Errorf("the version of %s does not stand where it is declared; move it to %s by hand: %w", u.Package.Name, u.To, fettle.ErrRefused)
}

// editLine moves what one line says of name.
func editLine(line, name string, u fettle.Upgrade) (string, bool, error) {
	for _, q := range quoted(line) {
		r, err := python.ParseRequirement(line[q[0]:q[1]])
		if err != nil || r.Name != name || r.Spec == "" {
			continue
		}
		if r.Address != "" {
			return "", false, fmt.Errorf("%s comes from an address; move it by hand: %w", name, fettle.ErrRefused)
		}
		at := strings.Index(line[q[0]:q[1]], r.Spec)
		if at < 0 {
			continue
		}
		at += q[0]
		return line[:at] + wanted(r.Spec, u) + line[at+len(r.Spec):], true, nil
	}
	key, value, isKey := strings.Cut(line, "=")
	if isKey && python.Normalize(strings.Trim(strings.TrimSpace(key), `"'`)) == name {
		if strings.HasPrefix(strings.TrimSpace(value), "{") {
			moved, ok := editKey(line, "version", u)
			return moved, ok, nil
		}
		if qs := quoted(value); len(qs) > 0 {
			from, to := len(key)+1+qs[0][0], len(key)+1+qs[0][1]
			return line[:from] + wanted(line[from:to], u) + line[to:], true, nil
		}
	}
	bare, _, _ := strings.Cut(line, "#") // setup.cfg
	if r, err := python.ParseRequirement(strings.TrimSpace(bare)); err == nil && r.Name == name && r.Spec != "" && len(quoted(line)) == 0 {
		if at := strings.Index(line, r.Spec); at >= 0 {
			return line[:at] + wanted(r.Spec, u) + line[at+len(r.Spec):], true, nil
		}
	}
	return "", false, nil
}

// editKey moves the range behind key on a line of TOML.
func editKey(line, key string, u fettle.Upgrade) (string, bool) {
	for at := 0; ; {
		i := strings.Index(line[at:], key)
		if i < 0 {
			return "", false
		}
		from := at + i
		at = from + len(key)
		rest := strings.TrimLeft(line[at:], " \t")
		before := strings.TrimRight(line[:from], " \t")
		if !strings.HasPrefix(rest, "=") || before != "" && !strings.HasSuffix(before, "{") && !strings.HasSuffix(before, ",") {
			continue
		}
		qs := quoted(line[at:])
		if len(qs) == 0 {
			return "", false
		}
		from, to := at+qs[0][0], at+qs[0][1]
		return line[:from] + wanted(line[from:to], u) + line[to:], true
	}
}

// wanted is the range to write in the place of spec.
func wanted(spec string, u fettle.Upgrade) string {
	if _, exact := python.Pinned(spec); !exact && python.Admits(spec, u.To) {
		return spec
	}
	return repin(spec, u.To)
}

// quoted are the places between quotes on a line.
func quoted(line string) [][2]int {
	var list [][2]int
	for i := 0; i < len(line); i++ {
		c := line[i]
		if c == '#' {
			break
		}
		if c != '"' && c != '\'' {
			continue
		}
		end := strings.IndexByte(line[i+1:], c)
		if end < 0 {
			break
		}
		list = append(list, [2]int{i + 1, i + 1 + end})
		i += end + 1
	}
	return list
}
