package discover

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Dependencies finds vulnerable packages in the lockfiles and manifests of all ecosystems that readers lists.
type Dependencies struct {
	Database database
	Settings project.Settings
	Config   Config
}

// reader reads the files of one ecosystem. It runs nothing of the repository.
type reader interface {
	// Claims reports whether file, by its name, is one that Read must be told of.
	Claims(file string) bool
	// Helps reports whether file, by its name, may be read on behalf of a claimed one.
	Helps(file string) bool
	// Read makes projects of the claimed files, which come in lexical order. What cannot be read is a Gap; the error is
	// that of ctx.
	Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error)
}

// Discover reads every lockfile and manifest below repo.Dir/repo.Path. What cannot be read is a Gap.
func (d Dependencies) Discover(ctx context.Context, repo fettle.Repo) (fettle.Discovery, error) {
	var found fettle.Discovery
	readers := readers(d.Settings)
	tree, err := d.walk(ctx, repo, readers)
	if err != nil {
		return found, err
	}
	found.Gaps = append(found.Gaps, tree.gaps...)
	files, err := project.OpenFiles(repo.Dir)
	if err != nil {
		return found, err
	}
	defer files.Close()
	for i, r := range readers {
		if len(tree.claimed[i]) == 0 {
			continue
		}
		read, err := r.Read(ctx, files, tree.claimed[i])
		if err != nil {
			return found, err
		}
		found.Gaps = append(found.Gaps, read.Gaps...)
		found.Inventory.Projects = append(found.Inventory.Projects, read.Projects...)
	}
	slices.SortStableFunc(found.Inventory.Projects, func(a, b fettle.Project) int { return strings.Compare(a.Lockfile, b.Lockfile) })
	return found, d.match(ctx, &found)
}

// match adds the findings of all projects.
func (d Dependencies) match(ctx context.Context, found *fettle.Discovery) error {
	found.Gaps = append(found.Gaps, d.unadvised(found.Inventory)...)
	between := newModules(found.Inventory.Projects)
	for i, p := range found.Inventory.Projects {
		if err := ctx.Err(); err != nil {
			return err
		}
		findings, gaps, err := match(d.Database, p)
		if err != nil {
			return err
		}
		findings = between.without(withoutRestated(findings, found.Inventory.Projects, i), i)
		found.Findings = append(found.Findings, findings...)
		found.Gaps = append(found.Gaps, gaps...)
	}
	return nil
}

// fewAdvisories is how many of a distribution's release are certainly not all.
const fewAdvisories = 100

// unadvised returns a gap for each ecosystem that the inventory has packages of and the database no advisories.
func (d Dependencies) unadvised(inventory fettle.Inventory) []fettle.Gap {
	packages, first := map[string]int{}, map[string]string{}
	for _, p := range inventory.Projects {
		for _, n := range p.Nodes {
			ecosystem := sought(n).Ecosystem
			if packages[ecosystem]++; first[ecosystem] == "" {
				first[ecosystem] = p.Lockfile
			}
		}
	}
	var gaps []fettle.Gap
	for _, ecosystem := range slices.Sorted(maps.Keys(packages)) {
		switch n := d.Database.Records(ecosystem); {
		case n == 0:
			gaps = append(gaps, project.Gap(first[ecosystem], 0, fmt.Sprintf(
				"the database holds no advisories of %.60s, so its %d packages were not checked; run fettle db update --ecosystem %[1]s", ecosystem, packages[ecosystem])))
		case n < fewAdvisories && strings.Contains(ecosystem, ":"):
			gaps = append(gaps, project.Gap(first[ecosystem], 0, fmt.Sprintf(
				"the database holds only %d advisories of %.60s, where a distribution has thousands, so its %d packages were not checked against all; run fettle db update --ecosystem %[2]s",
				n, ecosystem, packages[ecosystem])))
		}
	}
	return gaps
}

// Reads reports whether a scan may read file, by its name: where a tree is taken from elsewhere, the others can be left out.
func Reads(file string) bool {
	return slices.ContainsFunc(readers(project.Settings{}), func(r reader) bool { return r.Claims(file) || r.Helps(file) })
}

// Config is the section discover of fettle.yaml.
type Config struct {
	Ignore []string `yaml:"ignore"` // globs of files and folders that are not looked at, relative to the repository; ** crosses folders
	Maven  struct {
		Repositories []string `yaml:"repositories"` // addresses to ask for POMs, in order
	} `yaml:"maven"`
}

// Validate says what is wrong with c.
func (c Config) Validate() error {
	for _, glob := range c.Ignore {
		if !validGlob(glob) {
			return fmt.Errorf("discover.ignore: %q is not a glob; want one such as examples/** or **/testdata", glob)
		}
	}
	for _, address := range c.Maven.Repositories {
		if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") {
			return fmt.Errorf("discover.maven.repositories: %q is not an http or https address", address)
		}
	}
	return nil
}
