package ospkg

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// rpmDatabases are the places and forms of rpm's database: SQLite is the newest, then SUSE's own, then Berkeley DB.
func rpmDatabases() []string {
	var all []string
	for _, dir := range []string{"usr/lib/sysimage/rpm", "var/lib/rpm", "usr/share/rpm"} {
		for _, name := range []string{"rpmdb.sqlite", "Packages.db", "Packages"} {
			all = append(all, path.Join(dir, name))
		}
	}
	return all
}

// rpmPackage is what a header says.
type rpmPackage struct {
	name, version, release, arch, source string
	epoch                                int64
	provides, requires                   []string
	bases, dirs                          []string
	dirIndex                             []int32
}

// evr is the version as rpm compares it.
func (p rpmPackage) evr() string {
	v := p.version
	if p.release != "" {
		v += "-" + p.release
	}
	if p.epoch > 0 {
		v = fmt.Sprintf("%d:%s", p.epoch, v)
	}
	return v
}

// rpm reads the packages that rpm installed. Berkeley DB and SUSE's form are read here, and not by a library, because the
// ones there are follow what a broken file says into endless loops and any amount of memory.
func (s *system) rpm(ctx context.Context) (bool, error) {
	for _, file := range rpmDatabases() {
		data, ok := s.file(file, maxBinary)
		if !ok {
			continue
		}
		var headers [][]byte
		var err error
		switch path.Base(file) {
		case "rpmdb.sqlite":
			wal, _ := read(s.tree, file+"-wal", maxBinary)
			headers, err = sqliteHeaders(ctx, data, wal, s.temp)
		case "Packages.db":
			headers, err = ndbHeaders(data)
		default:
			headers, err = bdbHeaders(data)
		}
		if ctx.Err() != nil {
			return true, ctx.Err()
		}
		if err != nil {
			s.gap(file, 0, "cannot be read whole as a database of rpm: %v", err)
		}
		s.rpmHeaders(file, headers)
		return true, nil
	}
	return false, nil
}

func (s *system) rpmHeaders(file string, headers [][]byte) {
	var packages []rpmPackage
	broken, left := 0, maxTexts
	for _, h := range headers {
		p, err := parseHeader(h, &left)
		switch {
		case err != nil:
			if broken++; broken == 1 {
				s.gap(file, 0, "an entry cannot be read: %v", err)
			}
		case p.name != "gpg-pubkey": // a key, which rpm files as a package
			packages = append(packages, p)
		}
	}
	if left <= 0 {
		s.gap(file, 0, "holds more than %d names of files and needs; the rest were passed over", maxTexts)
	}
	if broken > 1 {
		s.gap(file, 0, "%d entries cannot be read", broken)
	}
	slices.SortStableFunc(packages, func(a, b rpmPackage) int { return strings.Compare(a.name, b.name) })
	s.rpmPackages(file, packages)
}

// bySource are the ecosystems whose advisories speak of source packages.
var bySource = []string{"Rocky Linux", "openSUSE", "SUSE", "Mageia", "openEuler", "Azure Linux"}

func (s *system) rpmPackages(file string, packages []rpmPackage) {
	g := project.NewGraph(fettle.Project{Manager: "rpm", Dir: project.Parent(file), Lockfile: file})
	name, _, _ := strings.Cut(s.release.ecosystem, ":")
	sourced := slices.Contains(bySource, name)
	providers := map[string][]string{}
	keys := make([]string, len(packages))
	provide := func(what, key string) {
		if have := providers[what]; len(have) < maxProviders && !slices.Contains(have, key) {
			providers[what] = append(have, key)
		}
	}
	for i, p := range packages {
		n := fettle.Node{Package: fettle.Package{Ecosystem: s.release.label(), Name: p.name, Version: p.evr()}, Location: fettle.Location{Path: file}}
		n.Key = p.name + "." + p.arch
		if g.Has(n.Key) { // kernels, which stay when a new one comes
			n.Key = p.name + "@" + p.evr() + "." + p.arch
		}
		if p.version == "" {
			n.Version, n.NoVersion = "", "the entry has no version"
		}
		if sourced {
			n.Source = p.sourcePackage(n.Package)
		}
		keys[i] = n.Key
		if g.Add(n) {
			provide(p.name, n.Key)
		}
	}
	for i, p := range packages {
		for _, what := range p.provides {
			provide(what, keys[i])
		}
	}
	provideFiles(packages, keys, provide)
	needed := map[string]bool{}
	for i, p := range packages {
		for _, what := range p.requires {
			for _, key := range providers[what] {
				g.Need(keys[i], key, "", fettle.Production)
				needed[key] = needed[key] || key != keys[i]
			}
		}
	}
	for i := range packages {
		if !needed[keys[i]] {
			g.Need("", keys[i], "", fettle.Production)
		}
	}
	lonely(g)
	s.keep(g)
}

// sourcePackage is what the name of the source's file says, such as glibc-2.34-60.el9.src.rpm.
func (p rpmPackage) sourcePackage(own fettle.Package) *fettle.Package {
	parts := strings.Split(strings.TrimSuffix(strings.TrimSuffix(p.source, ".src.rpm"), ".nosrc.rpm"), "-")
	if len(parts) < 3 {
		return nil
	}
	last := len(parts) - 2
	own.Name, own.Version = strings.Join(parts[:last], "-"), strings.Join(parts[last:], "-")
	if p.epoch > 0 {
		own.Version = fmt.Sprintf("%d:%s", p.epoch, own.Version)
	}
	return &own
}

// provideFiles finds who holds the files that others require by path.
func provideFiles(packages []rpmPackage, keys []string, provide func(what, key string)) {
	wanted := map[string]bool{}
	for _, p := range packages {
		for _, what := range p.requires {
			if strings.HasPrefix(what, "/") {
				wanted[what] = true
			}
		}
	}
	for i, p := range packages {
		for j, base := range p.bases {
			if j >= len(p.dirIndex) || p.dirIndex[j] < 0 || int(p.dirIndex[j]) >= len(p.dirs) {
				break
			}
			file := p.dirs[p.dirIndex[j]] + base
			for _, name := range []string{file, strings.TrimPrefix(file, "/usr")} { // /bin is a link to /usr/bin
				if wanted[name] {
					provide(name, keys[i])
				}
			}
		}
	}
}
