package golang

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"go/version"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// byHand writes upgrades into the requirements where the go command cannot: the sums stay behind.
func (s *stage) byHand(upgrades []fettle.Upgrade, cause error, d *manager.Derivation) error {
	for _, dir := range s.members {
		name := path.Join(dir, "go.mod")
		all, _, _, err := requirements(name, s.files[name])
		if err != nil {
			return err
		}
		wanted := map[string]required{}
		for _, u := range upgrades {
			r, ok := all[u.Package.Name]
			switch {
			case ok && semver.Compare(r.version, canonical(u.To)) < 0:
				wanted[u.Package.Name] = required{canonical(u.To), r.indirect}
			case !ok && s.work == "":
				wanted[u.Package.Name] = required{canonical(u.To), true}
			}
		}
		text, err := editRequirements(name, s.files[name], wanted)
		if err != nil {
			return err
		}
		if text == s.files[name] {
			continue
		}
		d.Texts[name] = text
		if sum := path.Join(dir, "go.sum"); s.files[sum] != "" {
			d.Stale = append(d.Stale, sum)
		}
	}
	if len(d.Texts) == 0 {
		return fmt.Errorf("no go.mod of the project asks for %s below what is needed: %w: %w", asked(upgrades), fettle.ErrRefused, cause)
	}
	var said *fault
	why := "there is no go command"
	if errors.As(cause, &said) {
		why = "the installed Go cannot read the module (" + said.text + ")"
	}
	d.Why = why + ", so only the requirement was moved, and neither go.sum nor what the new version asks for; run go mod tidy with the Go that go.mod names or a later one"
	return nil
}

// raiseGo raises the line that chooses the Go of the project: that of the highest version.
func (s *stage) raiseGo(upgrades []fettle.Upgrade, d *manager.Derivation) error {
	want := ""
	for _, u := range upgrades {
		if !semver.IsValid(canonical(u.To)) || semver.Prerelease(canonical(u.To)) != "" {
			return fmt.Errorf("%.100q is not a release of Go: %w", u.To, fettle.ErrRefused)
		}
		if semver.Compare(canonical(u.To), canonical(want)) > 0 {
			want = u.To
		}
	}
	var files []string
	if s.work != "" {
		files = append(files, s.work)
	}
	for _, dir := range s.members {
		files = append(files, path.Join(dir, "go.mod"))
	}
	file, highest, isToolchain := "", "", false
	for _, name := range files {
		text, ok := d.Texts[name]
		if !ok {
			text = s.files[name]
		}
		goLine, toolLine, err := goLines(name, text)
		if err != nil {
			return err
		}
		for i, v := range []string{goLine, toolLine} {
			v, _, _ := strings.Cut(strings.TrimPrefix(v, "go"), "-")
			if v = "go" + v; version.IsValid(v) && version.Compare(v, highest) > 0 {
				file, highest, isToolchain = name, v, i == 1
			}
		}
	}
	if file == "" {
		return fmt.Errorf("no go line says which Go builds it; add one by hand: %w", fettle.ErrRefused)
	}
	if version.Compare("go"+want, highest) <= 0 {
		return nil
	}
	text, ok := d.Texts[file]
	if !ok {
		text = s.files[file]
	}
	var err error
	if isToolchain {
		text, err = editGo(file, text, "", "go"+want)
		d.Notes = append(d.Notes, "the toolchain line is a suggestion: a build with GOTOOLCHAIN=local, an image or a CI setting that names a Go must be raised as well")
	} else {
		text, err = editGo(file, text, want, "")
		d.Notes = append(d.Notes, "whoever builds or imports it needs Go "+want+" from now on; images and CI settings that name a Go must be raised as well")
	}
	if err != nil {
		return err
	}
	d.Texts[file] = text
	return nil
}

func goLines(name, text string) (goLine, toolchain string, err error) {
	if path.Base(name) != "go.work" {
		_, goLine, toolchain, err = requirements(name, text)
		return goLine, toolchain, err
	}
	f, err := modfile.ParseWork(name, []byte(unmarked(text)), lenient)
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", err, fettle.ErrRefused)
	}
	if f.Go != nil {
		goLine = f.Go.Version
	}
	if f.Toolchain != nil {
		toolchain = f.Toolchain.Name
	}
	return goLine, toolchain, nil
}

// editGo writes what the go and toolchain lines say; "" leaves one as it is, and a line that is not there is not written.
func editGo(name, text, goLine, toolchain string) (string, error) {
	head := text[:len(text)-len(unmarked(text))]
	text = unmarked(text)
	var lines [2]*modfile.Line
	if path.Base(name) == "go.work" {
		f, err := modfile.ParseWork(name, []byte(text), lenient)
		if err != nil {
			return "", fmt.Errorf("%w: %w", err, fettle.ErrRefused)
		}
		if f.Go != nil {
			lines[0] = f.Go.Syntax
		}
		if f.Toolchain != nil {
			lines[1] = f.Toolchain.Syntax
		}
	} else {
		f, err := modfile.Parse(name, []byte(text), lenient)
		if err != nil {
			return "", fmt.Errorf("%w: %w", err, fettle.ErrRefused)
		}
		if f.Go != nil {
			lines[0] = f.Go.Syntax
		}
		if f.Toolchain != nil {
			lines[1] = f.Toolchain.Syntax
		}
	}
	e := &modEditor{text: text}
	for i, want := range []string{goLine, toolchain} {
		line := lines[i]
		if want == "" || line == nil {
			continue
		}
		old := line.Token[len(line.Token)-1]
		at := strings.LastIndex(text[line.Start.Byte:line.End.Byte], old)
		if at < 0 {
			return "", fmt.Errorf("%s:%d: the version %s does not stand where it should: %w", name, line.Start.Line, old, fettle.ErrRefused)
		}
		at += line.Start.Byte
		e.splices = append(e.splices, splice{at, at + len(old), want})
	}
	return head + e.done(), nil
}
