package validate

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// locked is what a lockfile says of one package.
type locked struct {
	name, version string
	source        string // where it comes from; "" where the format does not say
	sum           string // of its content; "" where the format has none
}

// lockFormat reads one format of lockfiles. What it reads is keyed by what stays the same while a package does not move.
type lockFormat struct {
	ecosystem string
	is        func(base string) bool
	read      func(text string) (map[string]locked, error)
	fold      func(name string) string // makes names comparable; nil is none
	sums      bool                     // it lists checksums of more than what is installed, so that new names say nothing
	omits     bool                     // a setting leaves sources out, so that none before says nothing
}

func called(names ...string) func(string) bool {
	return func(base string) bool { return slices.Contains(names, base) }
}

// foldPython is the normal form of the Python packaging guide.
func foldPython(name string) string {
	return strings.ToLower(separators.ReplaceAllString(name, "-"))
}

var separators = regexp.MustCompile(`[-_.]+`)

var requirementsFile = regexp.MustCompile(`(?i)^(?:.*[-_.])?(?:requirements|constraints)(?:[-_.].*)?\.(?:txt|in|pip)$`)

// lockFormats are all lockfiles that an upgrade may change, and what locks beside them.
var lockFormats = []lockFormat{
	{ecosystem: "npm", is: called(lockfiles...), read: readNPMLock, omits: true},
	{ecosystem: "npm", is: called("pnpm-lock.yaml"), read: readPNPMLock},
	{ecosystem: "npm", is: called("yarn.lock"), read: readYarnLock},
	{ecosystem: "npm", is: called("bun.lock"), read: readBunLock},
	{ecosystem: "PyPI", is: called("poetry.lock", "uv.lock", "pdm.lock"), read: readPythonLock, fold: foldPython},
	{ecosystem: "PyPI", is: called("Pipfile.lock"), read: readPipfileLock, fold: foldPython},
	{ecosystem: "PyPI", is: requirementsFile.MatchString, read: readRequirements, fold: foldPython},
	{ecosystem: "Go", is: called("go.sum", "go.work.sum"), read: readGoSum, sums: true},
	{ecosystem: "crates.io", is: called("Cargo.lock"), read: readCargoLock},
	{ecosystem: "NuGet", is: called("packages.lock.json"), read: readNuGetLock, fold: strings.ToLower},
	{ecosystem: "RubyGems", is: called("Gemfile.lock", "gems.locked"), read: readBundlerLock},
	{ecosystem: "Packagist", is: called("composer.lock"), read: readComposerLock, fold: strings.ToLower},
	{ecosystem: "Maven", is: func(base string) bool {
		return base == "gradle.lockfile" || strings.HasSuffix(base, ".lockfile") && base != ".lockfile"
	}, read: readGradleLock},
	{ecosystem: "Maven", is: called("verification-metadata.xml"), read: readGradleVerification, sums: true},
}

// lockFormatOf returns the format of the lockfile at name.
func lockFormatOf(name string) (lockFormat, bool) {
	i := slices.IndexFunc(lockFormats, func(f lockFormat) bool { return f.is(path.Base(name)) })
	if i < 0 {
		return lockFormat{}, false
	}
	return lockFormats[i], true
}

// explained are the packages that fixes say they bring or move.
type explained struct {
	brings []string
	moves  []string
}

func explainedBy(made []applied) explained {
	var x explained
	for _, a := range made {
		proposed := a.fix.Moves
		if len(proposed) == 0 {
			proposed = a.moves
		}
		for _, m := range proposed {
			if m.To != "" {
				x.brings = append(x.brings, m.Name)
			}
		}
		for _, m := range a.moves {
			x.moves = append(x.moves, m.Name, m.Key)
		}
	}
	return x
}

func set(names []string, fold func(string) string) map[string]bool {
	all := map[string]bool{}
	for _, name := range names {
		if fold != nil {
			name = fold(name)
		}
		all[name] = true
	}
	return all
}

// compare says which package, source or checksum of a lockfile the fixes do not explain.
func (f lockFormat) compare(lock string, old, new map[string]locked, x explained, sources []string) string {
	fold := f.fold
	if fold == nil {
		fold = func(name string) string { return name }
	}
	brings, moves := set(x.brings, fold), set(x.moves, fold)
	known, hosts, declared := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, host := range sources {
		hosts["https://"+host], declared["https://"+host] = true, true
	}
	none := f.omits && len(hosts) == 0
	for _, e := range old {
		known[fold(e.name)] = true
		if s := origin(e.source); s != "" {
			hosts[s], none = true, false
		}
	}
	for _, key := range slices.Sorted(maps.Keys(new)) {
		e, was := new[key], old[key]
		name, changed := fold(e.name), e.version != was.version || e.name != was.name
		switch {
		case f.sums:
		case !known[name] && !brings[name]:
			return fmt.Sprintf("%s: package %s appears, which the fix does not name", lock, e.name)
		case changed && !moves[fold(key)] && !moves[name]:
			return fmt.Sprintf("%s: %s becomes %s, which the fix does not name", lock, key, cmp.Or(e.version, "another"))
		}
		if !changed && was.sum != "" && e.sum != was.sum && !strings.HasPrefix(was.sum, "sha1-") {
			return fmt.Sprintf("%s: %s keeps version %s but gets other content", lock, key, e.version)
		}
		if s := origin(e.source); s != "" && !hosts[s] {
			if !none {
				return fmt.Sprintf("%s: %s comes from %s, from where nothing came before", lock, key, oneLine(s))
			}
			hosts[s], none = true, false
		}
		if s := origin(e.source); !changed && was.source != "" && s != "" && s != origin(was.source) && !declared[s] {
			return fmt.Sprintf("%s: %s keeps version %s and comes from %s instead of %s", lock, key, e.version, oneLine(s), oneLine(origin(was.source)))
		}
	}
	return ""
}

// origin returns where a source is: scheme and host, or the whole of it where it is no archive of a registry.
func origin(source string) string {
	if source == "" {
		return ""
	}
	u, err := url.Parse(source)
	if err != nil || u.Host == "" {
		if strings.HasPrefix(source, "file:") || err == nil && u.Scheme == "" && !strings.ContainsAny(source, " \n") {
			return ""
		}
		return source
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return source
	}
	return u.Scheme + "://" + u.Host
}

// unexplained says which package, source or checksum is in the lockfiles of after and neither in those of before nor in
// the moves of the fixes: what a dependency confusion or a tampered answer of a registry would look like. It returns ""
// where all is explained.
func unexplained(before, after tree, made []applied, sources []string) string {
	x := explainedBy(made)
	for _, name := range slices.Sorted(maps.Keys(after.files)) {
		f, ok := lockFormatOf(name)
		if !ok {
			continue
		}
		old, err := f.of(before, name)
		if err != nil {
			return err.Error()
		}
		new, err := f.of(after, name)
		if err != nil {
			return err.Error()
		}
		if why := f.compare(name, old, new, x, sources); why != "" {
			return why
		}
	}
	return ""
}

// of reads the lockfile at name in t; one that is not there holds nothing.
func (f lockFormat) of(t tree, name string) (map[string]locked, error) {
	text, err := t.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := f.read(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return all, nil
}

// strange says which package of the inventory after is neither in the one before nor in the moves of the fixes.
func strange(before, after packages, made []applied) string {
	x := explainedBy(made)
	brings, moves := set(x.brings, nil), set(x.moves, nil)
	for _, lock := range slices.Sorted(maps.Keys(after)) {
		names := map[string]bool{}
		for p := range before[lock] {
			names[p.Ecosystem+"\x00"+p.Name] = true
		}
		var new []string
		for p := range after[lock] {
			if before[lock][p] {
				continue
			}
			if !names[p.Ecosystem+"\x00"+p.Name] && !brings[p.Name] {
				new = append(new, fmt.Sprintf("%s: package %s appears, which the fix does not name", lock, p.Name))
			} else if !moves[p.Name] && !brings[p.Name] {
				new = append(new, fmt.Sprintf("%s: %s becomes %s, which the fix does not name", lock, p.Name, cmp.Or(p.Version, "unknown")))
			}
		}
		if len(new) > 0 {
			return slices.Min(new)
		}
	}
	for _, lock := range slices.Sorted(maps.Keys(before)) {
		if _, there := after[lock]; !there {
			return lock + " is no longer read as a project"
		}
	}
	return ""
}
