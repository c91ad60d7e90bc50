package golang

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Derive asks the go command for exactly the versions of upgrades and tidies. What tidying changes on its own accord, in the
// unchanged module as well, is left out. Upgrades that raise the go line are refused unless g.Raise.
func (g *Go) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	var modules, goes []fettle.Upgrade
	for _, u := range upgrades {
		if err := check(u.Package.Name, u.To); err != nil {
			return manager.Derivation{}, err
		}
		if isGo(u.Package.Name) {
			goes = append(goes, u)
		} else {
			modules = append(modules, u)
		}
	}
	s, err := g.stage(root, p, len(modules) == 0)
	if err != nil {
		return manager.Derivation{}, err
	}
	defer s.remove()
	key := s.key(p, upgrades)
	have, ok := g.answered[key]
	if !ok {
		have.d, have.err = g.derive(ctx, s, modules, goes)
		if verdict(have.err) {
			if g.answered == nil {
				g.answered = map[string]derived{}
			}
			g.answered[key] = have
		}
	}
	d := have.d
	d.Texts = maps.Clone(d.Texts)
	if have.err == nil {
		d = vendored(root, p, d)
	}
	return d, have.err
}

func (g *Go) derive(ctx context.Context, s *stage, modules, goes []fettle.Upgrade) (manager.Derivation, error) {
	d := manager.Derivation{Texts: map[string]string{}}
	for _, u := range modules {
		if err := s.replaced(u.Package.Name); err != nil {
			return manager.Derivation{}, err
		}
	}
	if len(modules) > 0 {
		err := g.deriveModules(ctx, s, modules, &d)
		if errors.Is(err, manager.ErrNoTool) {
			d = manager.Derivation{Texts: map[string]string{}}
			err = s.byHand(modules, err, &d)
		}
		if err != nil {
			return manager.Derivation{}, err
		}
	}
	if len(goes) > 0 {
		if err := s.raiseGo(goes, &d); err != nil {
			return manager.Derivation{}, err
		}
	}
	return d, nil
}

// deriveModules moves modules in each member that asks for them.
func (g *Go) deriveModules(ctx context.Context, s *stage, upgrades []fettle.Upgrade, d *manager.Derivation) error {
	askers, err := g.askers(ctx, s, upgrades)
	if err != nil {
		return err
	}
	sumsBefore := ""
	if s.work != "" {
		if sumsBefore, err = g.workSums(ctx, s); err != nil {
			return err
		}
	}
	for _, a := range askers {
		if err := g.member(ctx, s, a, d); err != nil {
			return err
		}
	}
	if s.work == "" || len(d.Texts) == 0 {
		return nil
	}
	after := &stage{dir: s.dir, files: maps.Clone(s.files), work: s.work, members: s.members}
	maps.Copy(after.files, d.Texts)
	if err := after.reset(slices.Collect(maps.Keys(after.files))...); err != nil {
		return err
	}
	sumsAfter, err := g.workSums(ctx, after)
	if err != nil {
		return err
	}
	name := path.Join(parent(s.work), "go.work.sum")
	if text := mergeSums(s.files[name], sumsBefore, sumsAfter); text != s.files[name] {
		d.Texts[name] = text
	}
	return nil
}

// asker is a member of the project and what is to move in it.
type asker struct {
	dir      string
	upgrades []fettle.Upgrade
}

// askers finds the members whose requirements are below what is asked for; where none says so itself, those whose build
// list is.
func (g *Go) askers(ctx context.Context, s *stage, upgrades []fettle.Upgrade) ([]asker, error) {
	if s.work == "" {
		return []asker{{s.members[0], upgrades}}, nil
	}
	byDir := map[string][]fettle.Upgrade{}
	for _, u := range upgrades {
		found := false
		for _, dir := range s.members {
			all, _, _, err := requirements(path.Join(dir, "go.mod"), s.files[path.Join(dir, "go.mod")])
			if err != nil {
				return nil, err
			}
			if r, ok := all[u.Package.Name]; ok && semver.Compare(r.version, canonical(u.To)) < 0 {
				byDir[dir], found = append(byDir[dir], u), true
			}
		}
		for _, dir := range s.members {
			if found {
				break
			}
			out, err := g.run(ctx, s.dir, call{dir: s.at(dir), args: []string{"list", "-mod=mod", "-m", "-f", "{{.Version}}", u.Package.Name}})
			if err := s.reset(path.Join(dir, "go.mod"), path.Join(dir, "go.sum")); err != nil {
				return nil, err
			}
			lines := strings.Fields(out)
			if err == nil && len(lines) > 0 && semver.Compare(lines[len(lines)-1], canonical(u.To)) < 0 {
				byDir[dir] = append(byDir[dir], u)
			}
		}
	}
	var list []asker
	for _, dir := range s.members {
		if len(byDir[dir]) > 0 {
			list = append(list, asker{dir, byDir[dir]})
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no module of %s asks for %s below %s: %w", s.work, upgrades[0].Package.Name, upgrades[0].To, fettle.ErrRefused)
	}
	return list, nil
}

// outcome is a module as the go command left it.
type outcome struct{ mod, sum string }

// member moves what a asks for in one module.
func (g *Go) member(ctx context.Context, s *stage, a asker, d *manager.Derivation) error {
	mod, sum := path.Join(a.dir, "go.mod"), path.Join(a.dir, "go.sum")
	base, err := g.tidy(ctx, s, a.dir)
	if err != nil {
		return err
	}
	args := []string{"get"}
	for _, u := range a.upgrades {
		args = append(args, u.Package.Name+"@"+canonical(u.To))
	}
	get := call{dir: s.at(a.dir), args: args}
	if err := s.begin(mod, sum); err != nil {
		return err
	}
	_, err = g.run(ctx, s.dir, get)
	if err != nil && s.work != "" { // a member may be built in its workspace only
		get.work = filepath.Join(s.dir, tree, filepath.FromSlash(s.work))
		if err := s.begin(mod, sum); err != nil {
			return err
		}
		_, again := g.run(ctx, s.dir, get)
		if again == nil {
			err = nil
			base = &tidied{why: "the module is built in its workspace only"}
		}
	}
	if err != nil {
		return err
	}
	got, err := s.outcome(mod, sum)
	if err != nil {
		return err
	}
	after := got
	if !base.ok {
		if after.sum, err = g.loaded(ctx, s, get, mod, sum); err != nil {
			return err
		}
	} else {
		if _, err := g.run(ctx, s.dir, call{dir: s.at(a.dir), args: base.args}); err != nil {
			return err
		}
		if after, err = s.outcome(mod, sum); err != nil {
			return err
		}
	}
	if !base.ok {
		d.Notes = append(d.Notes, fmt.Sprintf("go mod tidy cannot run on the unchanged %s (%s), so requirements that are needed no more stay; run it where it can", mod, base.why))
	}
	return g.settle(s, a, base, got, after, d)
}

// platforms are those whose packages are loaded where tidying, which looks at all, cannot be had.
var platforms = [][]string{{"GOOS=linux", "GOARCH=amd64"}, {"GOOS=windows", "GOARCH=amd64"}, {"GOOS=darwin", "GOARCH=arm64"}}

// loaded loads all packages of a module, so that the go command adds the sums that a build needs, and returns its go.sum.
func (g *Go) loaded(ctx context.Context, s *stage, c call, mod, sum string) (string, error) {
	for _, platform := range platforms {
		c.env, c.args = platform, []string{"list", "-mod=mod", "-e", "-deps", "-test", "-f", "{{.ImportPath}}", "./..."}
		if c.work != "" {
			c.args[1] = "-mod=readonly"
		}
		_, err := g.run(ctx, s.dir, c)
		var said *fault
		if err != nil && !errors.As(err, &said) {
			return "", err
		}
	}
	o, err := s.outcome(mod, sum)
	return o.sum, err
}

// settle writes what moved into the module's own texts.
func (g *Go) settle(s *stage, a asker, base *tidied, got, after outcome, d *manager.Derivation) error {
	mod, sum := path.Join(a.dir, "go.mod"), path.Join(a.dir, "go.sum")
	o, goLine, toolLine, err := requirements(mod, s.files[mod])
	if err != nil {
		return err
	}
	was, wasGo, wasTool := o, cmp.Or(goLine, oldest), toolLine
	if base.ok {
		if was, wasGo, wasTool, err = requirements(mod, base.mod); err != nil {
			return err
		}
	}
	now, _, _, err := requirements(mod, got.mod)
	if err != nil {
		return err
	}
	is, isGo, isTool, err := requirements(mod, after.mod)
	if err != nil {
		return err
	}
	raised := isGo != wasGo || isTool != wasTool
	if raised && !g.Raise {
		return fmt.Errorf("%s would raise the go line of %s from %s to %s, which may break it and whoever imports it; raise it by hand first, or take another version: %w",
			asked(a.upgrades), mod, cmp.Or(goLine, "none"), isGo, fettle.ErrRefused)
	}
	for p, r := range is {
		if before := was[p].version; before != "" && semver.Compare(r.version, before) < 0 {
			return fmt.Errorf("%s would take %s back from %s to %s: %w", asked(a.upgrades), p, before, r.version, fettle.ErrRefused)
		}
	}
	wanted := wantedOf(o, now, was, is, base.ok)
	text, err := editRequirements(mod, s.files[mod], wanted)
	if err != nil {
		return err
	}
	if raised {
		if text, err = editGo(mod, text, isGo, isTool); err != nil {
			return err
		}
		d.Notes = append(d.Notes, fmt.Sprintf("the go line of %s rises from %s to %s, because a module that moves asks for it", mod, cmp.Or(goLine, "none"), isGo))
	}
	if text != s.files[mod] {
		d.Texts[mod] = text
	}
	original, ok := s.files[sum]
	if !ok {
		d.Notes = append(d.Notes, fmt.Sprintf("there is no %s, so it was not written; run go mod tidy and commit it", sum))
		return nil
	}
	before, then := original, after.sum
	if base.ok {
		before = base.sum
	}
	if !base.ok || !maps.Equal(o, was) { // more is required than tidying knows of
		then = strings.Join(append(sumLines(before), sumLines(after.sum)...), "\n")
		then += "\n" + strings.Join(append(sumLines(original), sumLines(got.sum)...), "\n")
	}
	if text := mergeSums(original, before, then); text != original {
		d.Texts[sum] = text
	}
	return nil
}

// wantedOf tells what becomes of each requirement: o is the module's own, now what go get made of it, was and is the module
// before and after, both tidied. What tidying would change in the unchanged module as well stays as it is.
func wantedOf(o, now, was, is map[string]required, tidied bool) map[string]required {
	wanted := map[string]required{}
	paths := maps.Clone(o)
	maps.Copy(paths, now)
	maps.Copy(paths, is)
	for p := range paths {
		own, here := o[p]
		switch then, stays := is[p]; {
		case stays && here && (then.version != was[p].version || then.version != own.version && now[p].version != own.version):
			wanted[p] = required{then.version, then.indirect}
			if then.indirect == was[p].indirect {
				wanted[p] = required{then.version, own.indirect}
			}
		case stays && here && then.indirect != was[p].indirect:
			wanted[p] = required{own.version, then.indirect}
		case stays && !here && was[p].version == "":
			wanted[p] = then
		case !stays && here && tidied && was[p].version != "":
			wanted[p] = required{}
		case !stays && here && now[p].version != "" && now[p].version != own.version:
			wanted[p] = required{now[p].version, own.indirect}
		}
	}
	return wanted
}

// tidied is the unchanged module after go mod tidy.
type tidied struct {
	outcome
	ok   bool
	args []string // of the command that works on it
	why  string   // where none does
}

// tidy runs go mod tidy on the unchanged module, once: what it changes there is no part of a fix.
func (g *Go) tidy(ctx context.Context, s *stage, dir string) (*tidied, error) {
	mod, sum := path.Join(dir, "go.mod"), path.Join(dir, "go.sum")
	key := s.key(fettle.Project{Lockfile: mod}, nil)
	if t := g.tidied[key]; t != nil {
		return t, nil
	}
	t := &tidied{}
	for _, args := range [][]string{{"mod", "tidy"}, {"mod", "tidy", "-e"}} {
		if err := s.begin(mod, sum); err != nil {
			return nil, err
		}
		_, err := g.run(ctx, s.dir, call{dir: s.at(dir), args: args})
		if errors.Is(err, manager.ErrNoTool) {
			return nil, err
		}
		var said *fault
		if errors.As(err, &said) {
			t.why = said.text
			if errors.Is(err, manager.ErrUnreached) {
				return nil, err
			}
			if errors.Is(err, manager.ErrRegistry) {
				break // what is not served looks to -e like what is not needed
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		if t.outcome, err = s.outcome(mod, sum); err != nil {
			return nil, err
		}
		t.ok, t.args = true, args
		break
	}
	if g.tidied == nil {
		g.tidied = map[string]*tidied{}
	}
	g.tidied[key] = t
	return t, nil
}

// workSums returns the go.work.sum that the go command needs to load all packages of the workspace.
func (g *Go) workSums(ctx context.Context, s *stage) (string, error) {
	name := path.Join(parent(s.work), "go.work.sum")
	if err := s.reset(name); err != nil {
		return "", err
	}
	args := []string{"list", "-e", "-deps", "-test", "-f", "{{.ImportPath}}"}
	for _, dir := range s.members {
		args = append(args, "./"+relative(parent(s.work), dir)+"/...")
	}
	_, err := g.run(ctx, s.dir, call{dir: s.at(parent(s.work)), work: filepath.Join(s.dir, tree, filepath.FromSlash(s.work)), args: args})
	var said *fault
	if err != nil && !errors.As(err, &said) {
		return "", err
	}
	return s.now(name)
}

// relative returns dir as seen from base.
func relative(base, dir string) string {
	rel, err := filepath.Rel("/"+base, "/"+dir)
	if err != nil {
		return dir
	}
	return filepath.ToSlash(rel)
}

// at is a folder of the repository, relative to the root of the copy.
func (s *stage) at(dir string) string { return filepath.Join(tree, filepath.FromSlash(dir)) }

// oldest is what a module without a go line means (https://go.dev/ref/mod#go-mod-file-go).
const oldest = "1.16"

// begin puts a module back as it was, with a go line: the go command would write its own.
func (s *stage) begin(mod, sum string) error {
	if err := s.reset(mod, sum); err != nil {
		return err
	}
	f, err := modfile.ParseLax(mod, []byte(unmarked(s.files[mod])), nil)
	if err != nil || f.Go != nil {
		return nil
	}
	return s.write(map[string]string{mod: strings.TrimRight(unmarked(s.files[mod]), "\r\n") + "\n\ngo " + oldest + "\n"})
}

func (s *stage) outcome(mod, sum string) (o outcome, err error) {
	if o.mod, err = s.now(mod); err == nil {
		o.sum, err = s.now(sum)
	}
	return o, err
}

// replaced refuses a module in whose place a replace line puts something, or that is put in another's place.
func (s *stage) replaced(name string) error {
	files := []string{}
	if s.work != "" {
		files = append(files, s.work)
	}
	for _, dir := range s.members {
		files = append(files, path.Join(dir, "go.mod"))
	}
	for _, file := range files {
		var list []*modfile.Replace
		if file == s.work {
			if f, err := modfile.ParseWork(file, []byte(unmarked(s.files[file])), lenient); err == nil {
				list = f.Replace
			}
		} else if f, err := modfile.Parse(file, []byte(unmarked(s.files[file])), lenient); err == nil {
			list = f.Replace
		}
		for _, r := range list {
			if r.Old.Path == name || r.New.Path == name && r.New.Version != "" {
				return fmt.Errorf("%s:%d replaces %s with %s, so a requirement has no effect; move that line by hand: %w", file, r.Syntax.Start.Line, r.Old.Path,
					strings.TrimSuffix(r.New.Path+" "+r.New.Version, " "), fettle.ErrRefused)
			}
		}
	}
	return nil
}

func asked(upgrades []fettle.Upgrade) string {
	var list []string
	for _, u := range upgrades {
		list = append(list, u.Package.Name+" "+u.To)
	}
	return strings.Join(list, ", ")
}

// vendored tells of a vendor folder, which holds other code than go.mod says from now on.
func vendored(root string, p fettle.Project, d manager.Derivation) manager.Derivation {
	name := path.Join(p.Dir, "vendor", "modules.txt")
	if info, err := os.Lstat(filepath.Join(root, filepath.FromSlash(name))); err != nil || !info.Mode().IsRegular() {
		return d
	}
	moved := false
	for file := range d.Texts {
		moved = moved || path.Base(file) == "go.mod" || path.Base(file) == "go.work"
	}
	if !moved {
		return d
	}
	command := "go mod vendor"
	if path.Base(p.Lockfile) == "go.work" {
		command = "go work vendor"
	}
	d.Stale = append(slices.Clone(d.Stale), name)
	why := fmt.Sprintf("the vendor folder was not refreshed, and the go command refuses one that is out of step with go.mod; run %s", command)
	if d.Why != "" {
		why = d.Why + "; " + why
	}
	d.Why = why
	return d
}
