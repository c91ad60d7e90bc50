package bundler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// resolution is one question to Bundler: a Gemfile made of what is locked, with a version for each gem.
type resolution struct {
	lock     *lockfile
	declared map[string]string // requirements of the project's own that move
	wanted   map[string]string // versions asked for
	loose    map[string]bool   // gems that may move along
}

// maxSpecs bounds how many gems a lockfile may hold.
const maxSpecs = 20_000

func newResolution(l *lockfile, declared map[string]string, upgrades []fettle.Upgrade) (*resolution, error) {
	r := &resolution{lock: l, declared: declared, wanted: map[string]string{}, loose: map[string]bool{}}
	if len(l.specs) > maxSpecs {
		return nil, fmt.Errorf("the lockfile holds more than %d gems: %w", maxSpecs, fettle.ErrRefused)
	}
	for _, u := range upgrades {
		if list := l.of(u.Package.Name); len(list) > 0 && list[0].kind != "GEM" {
			return nil, fmt.Errorf("%s comes from a folder or a commit; move it there: %w", u.Package.Name, fettle.ErrRefused)
		}
		r.wanted[u.Package.Name] = u.To
	}
	for _, s := range l.specs {
		if !gemName.MatchString(s.name) || !gemVersion.MatchString(s.version) {
			return nil, fmt.Errorf("%.60q (%.60q) is no gem that could be asked for: %w", s.name, s.version, fettle.ErrRefused)
		}
	}
	for _, section := range l.order {
		for _, remote := range l.remotes[section] {
			if strings.HasPrefix(section, "GEM") && !address.MatchString(remote) {
				return nil, fmt.Errorf("%.100q is no address of gems: %w", remote, fettle.ErrRefused)
			}
		}
	}
	for _, p := range l.platforms {
		if !platform.MatchString(p) {
			return nil, fmt.Errorf("%.60q is no platform: %w", p, fettle.ErrRefused)
		}
	}
	return r, nil
}

var (
	address  = regexp.MustCompile(`^(https?|file)://[A-Za-z0-9._~:/@%+=-]{1,500}$`)
	platform = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}$`)
)

// maxTries bounds how many gems that moved along are tried at their old version again.
const maxTries = 8

// resolve returns the gems that change, by name; a gem that goes has an empty list.
func (b *Bundler) resolve(ctx context.Context, r *resolution) (moved map[string][]spec, notes []string, err error) {
	after, err := b.lock(ctx, r)
	if errors.Is(err, fettle.ErrRefused) && !errors.Is(err, manager.ErrRegistry) {
		if r.loosen(); len(r.loose) > 0 {
			if wide, again := b.lock(ctx, r); again == nil {
				after, err = b.tighten(ctx, r, wide), nil
			}
		}
	}
	if err != nil {
		return nil, nil, err
	}
	moved = map[string][]spec{}
	for _, s := range after.specs {
		had := r.lock.of(s.name)
		if s.kind != "GEM" || len(had) > 0 && (had[0].kind != "GEM" || had[0].version == s.version) || !gemName.MatchString(s.name) || !gemVersion.MatchString(s.version) {
			continue
		}
		if !r.lock.builtFor(s.platform, had) {
			continue
		}
		if s.remote = ""; len(after.remotes[s.section]) > 0 {
			s.remote = after.remotes[s.section][0]
		}
		moved[s.name] = append(moved[s.name], s)
	}
	for name, to := range r.wanted {
		if got := after.version(name); got != to {
			return nil, nil, fmt.Errorf("Bundler locks %s %s where %s was asked for: %w", name, got, to, fettle.ErrRefused)
		}
		if len(moved[name]) == 0 && r.lock.version(name) != to {
			return nil, nil, fmt.Errorf("%s %s is not built for the platforms of the lockfile: %w", name, to, fettle.ErrRefused)
		}
	}
	return moved, notes, nil
}

// builtFor reports whether a lockfile takes the gem for a platform: that of Bundler's own machine it adds by itself.
func (l *lockfile) builtFor(name string, had []spec) bool {
	if name == "" || slices.ContainsFunc(had, func(s spec) bool { return s.platform == name }) {
		return true
	}
	return slices.ContainsFunc(l.platforms, func(p string) bool { return p == name || strings.HasPrefix(p, name+"-") })
}

// loosen lets go of all that the wanted gems need, as it is locked.
func (r *resolution) loosen() {
	queue := slices.Sorted(maps.Keys(r.wanted))
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		for _, s := range r.lock.of(name) {
			for _, n := range s.needs {
				if _, is := r.wanted[n.name]; !is && !r.loose[n.name] {
					r.loose[n.name] = true
					queue = append(queue, n.name)
				}
			}
		}
	}
}

// tighten takes gems that moved along back where they were, as far as that can be.
func (b *Bundler) tighten(ctx context.Context, r *resolution, wide *lockfile) *lockfile {
	tries := 0
	for _, name := range slices.Sorted(maps.Keys(r.loose)) {
		if wide.version(name) == r.lock.version(name) {
			delete(r.loose, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.loose)) {
		if tries++; tries > maxTries {
			break
		}
		delete(r.loose, name)
		closer, err := b.lock(ctx, r)
		if err != nil {
			r.loose[name] = true
			continue
		}
		wide = closer
	}
	return wide
}

// lock has Bundler resolve in a stage of its own.
func (b *Bundler) lock(ctx context.Context, r *resolution) (*lockfile, error) {
	dir, err := os.MkdirTemp(b.Temp, "bundler-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	files, err := r.files()
	if err != nil {
		return nil, err
	}
	for name, text := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	args := []string{"bundle", "lock"}
	if len(r.lock.platforms) > 0 {
		args = append(append(args, "--add-platform"), r.lock.platforms...)
	}
	if _, err := b.run(ctx, dir, args...); err != nil {
		return nil, err
	}
	at := filepath.Join(dir, "Gemfile.lock")
	if info, err := os.Lstat(at); err != nil || !info.Mode().IsRegular() || info.Size() > maxBytes {
		return nil, fmt.Errorf("Bundler left no readable lockfile: %w", fettle.ErrRefused)
	}
	data, err := os.ReadFile(at)
	return parseLock(string(data)), err
}

// files are a Gemfile that asks for each locked gem by its version, and a gemspec in the place of each gem that is a folder
// or a commit. Nothing that is not checked to be a name, a version or an address gets into these programs.
func (r *resolution) files() (map[string]string, error) {
	files := map[string]string{}
	var global, blocks, stubs strings.Builder
	direct := map[string][]string{}
	for _, d := range r.lock.directs {
		text, ok := r.declared[d.name]
		if !ok {
			text = d.requirement
		}
		direct[d.name] = append(direct[d.name], text)
	}
	for _, section := range r.lock.order {
		out := &global
		if strings.HasPrefix(section, "GEM") {
			remotes := r.lock.remotes[section]
			apart := r.apart(section)
			for _, remote := range remotes {
				if apart {
					out = &blocks
					fmt.Fprintf(out, "source '%s' do\n", remote)
					break
				}
				fmt.Fprintf(out, "source '%s'\n", remote)
			}
			r.gems(out, section, direct)
			if apart && len(remotes) > 0 {
				out.WriteString("end\n")
			}
			continue
		}
		for _, s := range r.lock.specs {
			if s.section != section {
				continue
			}
			files["stub/"+s.name+"/"+s.name+".gemspec"] = r.stub(s)
			fmt.Fprintf(&stubs, "gem '%s', path: 'stub/%s'\n", s.name, s.name)
		}
	}
	if global.Len() == 0 && blocks.Len() == 0 {
		return nil, fmt.Errorf("the lockfile names no source of gems: %w", fettle.ErrRefused)
	}
	files["Gemfile"] = global.String() + blocks.String() + stubs.String()
	return files, nil
}

// apart reports whether the gems of a section come from a source that only some are taken from: the project marks them.
func (r *resolution) apart(section string) bool {
	sections := 0
	for _, s := range r.lock.order {
		if strings.HasPrefix(s, "GEM") {
			sections++
		}
	}
	marked, open := false, false
	for _, s := range r.lock.specs {
		if s.section == section {
			mark, direct := r.lock.pinned[s.name]
			marked = marked || mark
			open = open || direct && !mark
		}
	}
	return sections > 1 && marked && !open
}

// gems writes one line for each gem of a section.
func (r *resolution) gems(out *strings.Builder, section string, direct map[string][]string) {
	done := map[string]bool{}
	for _, s := range r.lock.specs {
		if s.section != section || done[s.name] || s.name == "bundler" {
			continue
		}
		done[s.name] = true
		version := "= " + s.version
		to, is := r.wanted[s.name]
		switch {
		case is:
			version = "= " + to
		case r.loose[s.name]:
			version = ">= " + s.version
		}
		list := []string{version}
		for _, text := range direct[s.name] {
			list = append(list, parts(text)...)
		}
		fmt.Fprintf(out, "gem '%s', '%s'\n", s.name, strings.Join(list, "', '"))
	}
}

// parts are the requirements of a text that can be read as such.
func parts(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); requirement.MatchString(part) {
			list = append(list, part)
		}
	}
	return list
}

// stub is a gemspec that stands for a gem which is a folder or a commit.
func (r *resolution) stub(s spec) string {
	var out strings.Builder
	fmt.Fprintf(&out, "Gem::Specification.new do |s|\n  s.name = '%s'\n  s.version = '%s'\n  s.summary = s.name\n  s.authors = ['none']\n  s.files = []\n", s.name, s.version)
	for _, n := range s.needs {
		if !gemName.MatchString(n.name) || n.name == "bundler" {
			continue
		}
		text := n.requirement
		if moved, ok := r.declared[n.name]; ok && s.kind == "PATH" {
			text = moved
		}
		fmt.Fprintf(&out, "  s.add_dependency '%s'", n.name)
		for _, part := range parts(text) {
			fmt.Fprintf(&out, ", '%s'", part)
		}
		out.WriteString("\n")
	}
	return out.String() + "end\n"
}
