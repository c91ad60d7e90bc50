package correlate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/vex"
)

// VEX attaches what trusted VEX documents state about findings. Evidence of an own document has a Where, that of a vendor's
// has none: decide trusts the two differently.
type VEX struct {
	Documents []vex.Document // the repository's own, of the commit whose policy holds
	Vendors   []vex.Document // those that the user gives
	Products  []string       // package URLs and other identifiers of the repository's own applications
}

// Correlate answers Known with the status that each author gives to all copies of a finding, Unknown where an author speaks
// of some copies only. An author who says nothing leaves no evidence.
func (v VEX) Correlate(ctx context.Context, scene fettle.Scene) (fettle.Correlation, error) {
	own, vendors := vex.NewSet(v.Documents), vex.NewSet(v.Vendors)
	subjects := v.subjects(scene.Inventory)
	correlation, err := each(ctx, scene, func(f fettle.Finding) []fettle.Evidence {
		ids := append([]string{f.Rule}, f.Aliases...)
		if !own.Knows(ids) && !vendors.Knows(ids) {
			return nil
		}
		copies := subjects.of(f)
		return append(state(own, f, copies, true), state(vendors, f, copies, false)...)
	})
	for _, id := range append(own.Crowded(), vendors.Crowded()...) {
		correlation.Gaps = append(correlation.Gaps, fettle.Gap{Stage: "correlate", Subject: "VEX",
			Reason: fmt.Sprintf("the documents have more statements on %s about one version of one package than are read, so none on it is used; leave out what is no longer true", clipped(id, 100))})
	}
	return correlation, err
}

// copied is one installed copy of a finding's package.
type copied struct {
	version string
	subject vex.Subject
}

// state asks a set about every copy, and joins what each author says.
func state(set *vex.Set, f fettle.Finding, copies []copied, own bool) []fettle.Evidence {
	ids := append([]string{f.Rule}, f.Aliases...)
	said := map[string][]vex.Statement{}
	bare := map[string][]string{} // the versions that an author does not speak of
	var authors []string
	answers := make([]map[string]vex.Statement, len(copies))
	for i, c := range copies {
		answers[i] = map[string]vex.Statement{}
		for _, s := range vex.Latest(set.About(ids, c.subject)) {
			author := s.Speaker()
			answers[i][author] = s
			if said[author] == nil {
				authors = append(authors, author)
			}
			said[author] = append(said[author], s)
		}
	}
	for i, c := range copies {
		for _, author := range authors {
			if _, ok := answers[i][author]; !ok && !slices.Contains(bare[author], c.version) {
				bare[author] = append(bare[author], c.version)
			}
		}
	}
	slices.Sort(authors)
	var evidence []fettle.Evidence
	for _, author := range authors {
		worst := said[author][0]
		for _, s := range said[author] {
			if s.Status.Heavier(worst.Status) {
				worst = s
			}
		}
		evidence = append(evidence, stated(worst, f, bare[author], own))
	}
	return evidence
}

// stated is the evidence of one statement. One that would silence a finding must be about all of its copies.
func stated(s vex.Statement, f fettle.Finding, bare []string, own bool) fettle.Evidence {
	e := fettle.Evidence{Signal: fettle.VEX, Status: fettle.Known, Text: string(s.Status), AsOf: s.AsOf(),
		Source: clipped(cmp.Or(s.Author, s.File), 100), Why: clipped(cmp.Or(s.Impact, s.Action, s.Notes), maxWhy)}
	at := fettle.Location{Path: s.File, Line: s.Line}
	if own {
		e.Where = &at
	} else if s.Author != "" {
		e.Source += " (" + at.String() + ")"
	}
	if s.Justification != "" {
		e.Text += " " + string(s.Justification)
	}
	if len(bare) > 0 && s.Status.Silences() {
		e.Status, e.Why = fettle.Unknown, fmt.Sprintf("it says nothing of %s %s, which is installed as well or comes in another way", clipped(f.Package.Name, 100), clipped(strings.Join(bare, ", "), 100))
	}
	return e
}

// maxWhy bounds the text of a statement that every report repeats, in bytes.
const maxWhy = 500

// clipped is s on one line of at most limit bytes.
func clipped(s string, limit int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\ufffd")), " ")
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}

// subjects makes of findings what statements speak of.
type subjects struct {
	nodes  map[[2]string]fettle.Node // those with a source package, by directory and key
	wholes []vex.Whole
}

func (v VEX) subjects(inventory fettle.Inventory) subjects {
	s := subjects{nodes: map[[2]string]fettle.Node{}}
	for _, p := range inventory.Projects {
		for _, n := range p.Nodes {
			if n.Source != nil {
				s.nodes[[2]string{p.Dir, n.Key}] = n
			}
		}
	}
	for _, text := range v.Products {
		s.wholes = append(s.wholes, vex.NewWhole(text))
	}
	return s
}

// of returns every copy of f. A finding without instances is one copy whose ways are not known.
func (s subjects) of(f fettle.Finding) []copied {
	instances := f.Instances
	if len(instances) == 0 {
		instances = []fettle.Instance{{Version: f.Package.Version}}
	}
	wholes := make([]vex.Whole, len(s.wholes))
	for i, w := range s.wholes { // of a product, it is the part that the lockfile is of
		if wholes[i] = w; w.PURL != nil && w.PURL.Subpath() == "" {
			part := w.PURL.Below(f.Location.Path)
			wholes[i].PURL = &part
		}
	}
	var all []copied
	seen := map[string]bool{}
	for _, instance := range instances {
		same := instance.Version // to a statement
		for _, path := range instance.Paths {
			same += "\x00\x00" + strings.Join(path, "\x00")
		}
		if n, ok := s.nodes[[2]string{f.Project, instance.Key}]; ok {
			same += "\x00\x00" + n.Name + "\x00" + n.Source.Name
		}
		if same += fmt.Sprint("\x00", instance.PathCount); seen[same] {
			continue
		}
		seen[same] = true
		p := f.Package
		p.Version = instance.Version
		c := copied{instance.Version, vex.Subject{Package: purlsOf(p), Wholes: wholes, Ways: ways(f.Package.Ecosystem, instance)}}
		if n, ok := s.nodes[[2]string{f.Project, instance.Key}]; ok {
			c.subject.Package = purlsOf(n.Package)
			for _, source := range purlsOf(*n.Source) {
				if source.IsRPM() {
					source = source.With("arch", "src")
				}
				c.subject.Package = append(c.subject.Package, source)
			}
		}
		all = append(all, c)
	}
	return all
}

func purlsOf(packages ...fettle.Package) []vex.PURL {
	var all []vex.PURL
	for _, p := range packages {
		if purl, err := vex.ParsePURL(p.PURL()); err == nil {
			all = append(all, purl)
		}
	}
	return all
}

// ways are the packages that hold an instance along each of its ways; nil where the list of ways was cut.
func ways(ecosystem string, instance fettle.Instance) [][]vex.PURL {
	if instance.PathCount != len(instance.Paths) {
		return nil
	}
	var all [][]vex.PURL
	for _, path := range instance.Paths {
		var way []vex.PURL
		for i, step := range path {
			if i == len(path)-1 {
				break // the package itself
			}
			name, version := step, ""
			if at := strings.LastIndexByte(step, '@'); at > 0 {
				name, version = step[:at], step[at+1:]
			}
			way = append(way, purlsOf(fettle.Package{Ecosystem: ecosystem, Name: name, Version: version})...)
		}
		all = append(all, way)
	}
	return all
}
