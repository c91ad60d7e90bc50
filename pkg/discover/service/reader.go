package service

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Reader infers facts from the files of a tree. It runs and evaluates nothing of it.
type Reader struct {
	Config Config
}

// Discover returns facts and gaps only. The whole tree is read even where repo.Path names a part of it, because what exposes a
// part often lies outside of it; the facts and gaps are then those that concern the part.
func (r Reader) Discover(ctx context.Context, repo fettle.Repo) (fettle.Discovery, error) {
	if repo.Path != "" && !filepath.IsLocal(filepath.FromSlash(repo.Path)) {
		return fettle.Discovery{}, fmt.Errorf("look at %q: want a path inside the repository", repo.Path)
	}
	files, err := project.OpenFiles(repo.Dir)
	if err != nil {
		return fettle.Discovery{}, err
	}
	defer files.Close()
	f := newFinder(ctx, files, r.Config)
	if f.names, err = f.walk(repo); err != nil {
		return fettle.Discovery{}, err
	}
	for _, step := range []func(){
		f.findUnits, f.readDockerfiles, f.indexNames, f.readConfigurations, f.readTerraform,
		f.tellCompose, f.tellKubernetes, f.tellTerraform,
		f.readPlatforms, f.hushUnread, f.tellStages, f.readOwners, f.readSources, f.readManifestHints, f.tellJobs, f.tellRoles,
	} {
		if err := ctx.Err(); err != nil {
			return fettle.Discovery{}, err
		}
		step()
	}
	return fettle.Discovery{Facts: f.settled(repo.Path), Gaps: f.gapsOf(repo.Path)}, ctx.Err()
}

// Reads reports whether Discover may read file, by its name: where a tree is taken from elsewhere, the others can be left out.
func Reads(file string) bool { return kindOf(file) != 0 || marker(file) }

// finder holds what is known so far. Facts of one source may depend on what others say, so sources are read first and told of
// later.
type finder struct {
	ctx    context.Context
	files  *project.Files
	config Config

	names         []string // what the walk met, sorted
	units         []unit
	docker        []*dockerfile
	builds        map[string]place    // by the image that the tree builds
	builtAs       map[string]place    // by the last part of its name
	byName        map[string][]string // folders by what they are called
	homes         map[string]place    // by folder, as far as asked
	many          map[string]bool     // of manyBelow, as far as asked
	work          int                 // steps that comparing copies with units may still take
	objects       []*object           // of Kubernetes
	compose       []*composeFile
	modules       []*module // of Terraform
	composedCount int
	excesses      map[string]bool
	exposers      int // resources of Terraform that expose something

	facts    []fettle.Fact
	gaps     []fettle.Gap
	doubts   []string         // folders of which nothing is said that lowers urgency
	jobs     []workload       // told when it is known what serves
	deployed []place          // of the workloads that are no jobs
	hushed   []string         // folders that something may publish, so that EXPOSE and layout say nothing
	hints    map[string]bool  // service, class and subject of the data hints that were told
	left     int              // bytes of source files that may still be read
	data     int              // bytes of JSON files of no telling name that may still be read
	marks    int              // of YAML, over all files
	partial  bool             // source files were left out, so that nothing follows from what was not met
	codes    map[string]*code // what source files say, by unit
}

func newFinder(ctx context.Context, files *project.Files, config Config) *finder {
	return &finder{ctx: ctx, files: files, config: config, builds: map[string]place{}, builtAs: map[string]place{}, homes: map[string]place{}, excesses: map[string]bool{},
		many: map[string]bool{}, hints: map[string]bool{}, codes: map[string]*code{}, left: maxSources, data: maxData, work: maxWork}
}

// settled returns the facts in their order, without those that a doubt or the part of the tree excludes.
func (f *finder) settled(part string) []fettle.Fact {
	facts := slices.DeleteFunc(f.facts, func(fact fettle.Fact) bool {
		return !concerns(fact.Service, part) || f.doubted(fact)
	})
	slices.SortFunc(facts, compareFacts)
	return slices.CompactFunc(facts, func(a, b fettle.Fact) bool { return compareFacts(a, b) == 0 })
}

// doubted reports whether what could not be read may contradict a fact that lowers urgency.
func (f *finder) doubted(fact fettle.Fact) bool {
	switch fact.Signal {
	case fettle.Exposure, fettle.Role, fettle.Shipped:
		return lowers(fact) && slices.ContainsFunc(f.doubts, func(dir string) bool { return concerns(fact.Service, dir) })
	}
	return false
}

func compareFacts(a, b fettle.Fact) int {
	if c := cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Signal, b.Signal), cmp.Compare(a.Text, b.Text),
		-cmp.Compare(a.Strength, b.Strength), cmp.Compare(a.Source, b.Source)); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.Where.Path, b.Where.Path), cmp.Compare(a.Where.Line, b.Where.Line), cmp.Compare(a.Why, b.Why))
}

func (f *finder) gapsOf(part string) []fettle.Gap {
	gaps := slices.DeleteFunc(f.gaps, func(g fettle.Gap) bool { return !concerns(g.Subject, part) })
	slices.SortStableFunc(gaps, func(a, b fettle.Gap) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Reason, b.Reason))
	})
	return gaps
}

// read returns a file of at most most bytes. One that is larger, or no text, is not read: of a file that is deployed that is a gap.
func (f *finder) read(file string, most int, deployed bool) ([]byte, bool) {
	data, err := f.files.Read(file)
	switch {
	case err != nil:
	case len(data) > most:
		err = fmt.Errorf("larger than %d KiB, not read", most>>10)
	case bytes.IndexByte(data, 0) >= 0:
		err = fmt.Errorf("is not text, not read")
	default:
		return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), true
	}
	if deployed {
		f.gap(file, err)
	}
	return nil, false
}

// gap tells of a file that a deployment would read. What it says of which service is unknown, so nothing is lowered.
func (f *finder) gap(file string, err error) {
	g := project.FaultGap(file, err)
	g.Reason += "; what it says of the exposure of services is not known"
	f.gaps = append(f.gaps, g)
	f.doubt("")
}

// excess tells once that there is more than is read.
func (f *finder) excess(file, format string, args ...any) {
	if !f.excesses[format] {
		f.excesses[format] = true
		f.gap(file, fmt.Errorf(format, args...))
	}
}

// doubt notes that something about dir could not be read.
func (f *finder) doubt(dir string) {
	if !slices.Contains(f.doubts, dir) {
		f.doubts = append(f.doubts, dir)
	}
}

// concerns reports whether one of two folders holds the other.
func concerns(a, b string) bool { return within(a, b) || within(b, a) }

// within reports whether the file or folder name is dir or lies below it.
func within(name, dir string) bool {
	return dir == "" || strings.HasPrefix(name, dir) && (len(name) == len(dir) || name[len(dir)] == '/')
}
