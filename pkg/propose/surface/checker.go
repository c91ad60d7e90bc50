package surface

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// Runner runs a command on a folder of its own, such as a *sandbox.Sandbox.
type Runner interface {
	Run(ctx context.Context, root string, c sandbox.Command) (sandbox.Result, error)
}

// Fetch gets artifacts of packages of one ecosystem. What is missing from the map, or has an error there, could not be had.
type Fetch func(ctx context.Context, packages []fettle.Package) map[fettle.Package]Artifact

// Artifact is a folder that holds what a registry serves of a package: packed, as the one .tgz, .whl or .jar in it, or unpacked.
type Artifact struct {
	Dir string
	Err error // why it could not be had, one line
}

// Checker holds upgrades against the project's own code. It reads a project's sources once and fetches an artifact once. It
// is not safe for several goroutines. Nothing of the repository or of a package runs.
type Checker struct {
	Run   Runner
	Temp  string                          // an existing folder for what is fetched; "" is the system's
	Env   func(ecosystem string) []string // settings of the ecosystem's client, free of secrets; nil for none
	Log   func(format string, args ...any)
	Fetch map[string]Fetch // by ecosystem, in place of its own client

	sources map[string]*sources // by folder of the project and ecosystem
	fetched map[fettle.Package]Artifact
	goroot  string
	temps   []string
	std     *goStd
	opened  map[fettle.Package]*artifact
}

// Result is what a look at upgrades of one project told. Without a Break and without a Gap, all names that were found in use
// are there in the new version; how they behave is another matter.
type Result struct {
	Breaks    []fettle.Break    // sorted by place
	Links     []string          // release notes and changelogs that the packages name; addresses from outside
	Toolchain map[string]string // by package name: what the new version asks of the toolchain beyond the old one, "go 1.24"
	Gaps      []fettle.Gap
	Used      map[string]int // by package name: exported names that own code uses; a package that is not imported has 0
}

// ecosystems are those that are looked at.
var ecosystems = []string{"Go", "Maven", "PyPI", "npm"}

// Check holds upgrades of one project of repo against its code. An error is of the run alone: what a package or a source
// keeps from being told is a Gap.
func (c *Checker) Check(ctx context.Context, repo fettle.Repo, project fettle.Project, upgrades []fettle.Upgrade) (Result, error) {
	result := Result{Toolchain: map[string]string{}, Used: map[string]int{}}
	wanted := map[string][]fettle.Package{}
	var sound []fettle.Upgrade
	for _, u := range upgrades {
		if why := unsound(u); why != "" {
			result.gap(u, why)
			continue
		}
		sound = append(sound, u)
	}
	byEcosystem := map[string][]fettle.Upgrade{}
	for _, u := range sound {
		byEcosystem[u.Package.Ecosystem] = append(byEcosystem[u.Package.Ecosystem], u)
	}
	for ecosystem, list := range byEcosystem {
		own, err := c.read(ctx, repo, project, ecosystem)
		if err != nil {
			return result, fmt.Errorf("read the sources of %s: %w", place(project.Dir), err)
		}
		own.gaps(&result)
		var mentioned []fettle.Upgrade
		for _, u := range list {
			if own.mentions(u.Package) {
				mentioned = append(mentioned, u)
				wanted[ecosystem] = append(wanted[ecosystem], u.Package, to(u))
			} else {
				result.Used[u.Package.Name] = 0
			}
		}
		artifacts := c.fetch(ctx, ecosystem, wanted[ecosystem])
		for _, u := range mentioned {
			if err := c.compare(ctx, own, u, artifacts, &result); err != nil {
				return result, err
			}
		}
	}
	result.sort()
	return result, ctx.Err()
}

// to is the package that the upgrade asks for.
func to(u fettle.Upgrade) fettle.Package {
	p := u.Package
	p.Version = u.To
	return p
}

// unsound says why an upgrade cannot be looked at.
func unsound(u fettle.Upgrade) string {
	switch p := u.Package; {
	case !slices.Contains(ecosystems, p.Ecosystem):
		return "exported names of " + p.Ecosystem + " packages are not compared; try the build and the tests"
	case p.Version == "" || u.To == "":
		return "its version is not known, so its exported names were not compared"
	case !plainName(p.Name) || !plainName(p.Version) || !plainName(u.To):
		return "its name or version is none that a registry has, so its exported names were not compared"
	}
	return ""
}

// plainName reports whether text can stand on the command line of a package manager as a name or version.
func plainName(text string) bool {
	if len(text) > 300 || strings.HasPrefix(text, "-") || strings.Contains(text, "..") {
		return false
	}
	for _, r := range text {
		if !strings.ContainsRune("@/._-+~:!", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return text != ""
}

// compare adds what one upgrade breaks.
func (c *Checker) compare(ctx context.Context, own *sources, u fettle.Upgrade, artifacts map[fettle.Package]Artifact, result *Result) error {
	before, after := u.Package, to(u)
	var open [2]*artifact
	for i, p := range []fettle.Package{before, after} {
		a, err := openArtifact(artifacts[p])
		if err != nil {
			result.gap(u, fmt.Sprintf("%s could not be had, so exported names were not compared: %s", p, err))
			return nil
		}
		defer a.close()
		open[i] = a
	}
	look := &look{ctx: ctx, own: own, upgrade: u, old: open[0], new: open[1], result: result, seen: map[string]bool{}, used: map[string]bool{}, unseen: map[string]bool{}}
	var err error
	switch u.Package.Ecosystem {
	case "npm":
		err = look.node()
	case "PyPI":
		err = look.python()
	case "Maven":
		err = look.java()
	case "Go":
		err = c.golang(look, artifacts)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err != nil {
		result.gap(u, "its exported names were not compared: "+err.Error())
	}
	look.notSeen()
	result.Used[u.Package.Name] = len(look.used)
	return nil
}

// look is one upgrade held against the project's code.
type look struct {
	ctx      context.Context
	own      *sources
	upgrade  fettle.Upgrade
	old, new *artifact
	result   *Result
	seen     map[string]bool // breaks that were told
	used     map[string]bool
	unseen   map[string]bool // names in use that the old version does not show either
}

// notSeen says which names in use could not be compared, since not even the installed version shows them.
func (l *look) notSeen() {
	if len(l.unseen) > 0 {
		l.gap("not found in the installed version either, so that the new one could not be asked: "+some(l.unseen), nil)
	}
}

// broken adds a break, once for each place and symbol.
func (l *look) broken(symbol string, at fettle.Location, detail string) {
	symbol, detail = plain(symbol), plain(detail)
	key := symbol + "\x00" + at.String()
	if l.seen[key] || len(l.result.Breaks) >= maxBreaks {
		return
	}
	l.seen[key] = true
	l.result.Breaks = append(l.result.Breaks, fettle.Break{Package: to(l.upgrade), Symbol: symbol, Location: at, Detail: detail})
	if len(l.result.Breaks) == maxBreaks {
		l.gap(fmt.Sprintf("more than %d places may break; the rest is left out", maxBreaks), nil)
	}
}

const maxBreaks = 2000

// gap adds what could not be told, once.
func (l *look) gap(reason string, at *fettle.Location) {
	g := fettle.Gap{Stage: "propose", Subject: subject(l.upgrade), Reason: plain(reason), Location: at}
	if !slices.ContainsFunc(l.result.Gaps, func(o fettle.Gap) bool { return o.Subject == g.Subject && o.Reason == g.Reason }) {
		l.result.Gaps = append(l.result.Gaps, g)
	}
}

func subject(u fettle.Upgrade) string { return u.Package.String() + " to " + u.To }

func (r *Result) gap(u fettle.Upgrade, reason string) {
	r.Gaps = append(r.Gaps, fettle.Gap{Stage: "propose", Subject: plain(subject(u)), Reason: plain(reason)})
}

func (r *Result) sort() {
	slices.SortStableFunc(r.Breaks, func(a, b fettle.Break) int {
		return cmp.Or(strings.Compare(a.Location.Path, b.Location.Path), a.Location.Line-b.Location.Line, a.Location.Column-b.Location.Column,
			strings.Compare(a.Package.Name, b.Package.Name), strings.Compare(a.Symbol, b.Symbol))
	})
	slices.SortStableFunc(r.Gaps, func(a, b fettle.Gap) int {
		return cmp.Or(strings.Compare(a.Subject, b.Subject), strings.Compare(a.Reason, b.Reason))
	})
	slices.Sort(r.Links)
	r.Links = slices.Compact(r.Links)
}

// place names a folder of the repository.
func place(dir string) string {
	if dir == "" {
		return "the repository"
	}
	return dir
}

// plain makes one bounded line of text from outside.
func plain(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e'
	}), " ")
	if len(text) > 400 {
		text = strings.ToValidUTF8(text[:400], "") + "…"
	}
	return strings.ToValidUTF8(text, "\ufffd")
}

var errNoRunner = errors.New("there is no sandbox to fetch it in")
