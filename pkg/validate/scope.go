package validate

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// manifest is a kind of file in which dependencies are declared.
type manifest struct {
	ecosystem string
	is        func(base string) bool
	beyond    func(old, new string) string // what of the change is no matter of dependencies; "" where all is
}

// manifests are all that an upgrade may change beside lockfiles.
var manifests = []manifest{
	{"npm", called("package.json"), beyondPackageJSON},
	{"npm", called("pnpm-workspace.yaml"), beyondPNPMWorkspace},
	{"Maven", called("pom.xml"), beyondPOM},
	{"Maven", func(base string) bool {
		return strings.HasSuffix(base, ".gradle") || strings.HasSuffix(base, ".gradle.kts")
	}, beyondGradle},
	{"Maven", called("gradle.properties"), beyondProperties},
	{"Maven", func(base string) bool { return strings.HasSuffix(base, ".versions.toml") }, beyondCatalog},
	{"PyPI", requirementsFile.MatchString, beyondRequirements},
	{"PyPI", called("pyproject.toml"), beyondPyproject},
	{"PyPI", called("Pipfile"), beyondPipfile},
	{"Go", called("go.mod"), beyondGoMod},
	{"crates.io", called("Cargo.toml"), beyondCargo},
	{"NuGet", func(base string) bool {
		return slices.Contains([]string{".csproj", ".fsproj", ".vbproj"}, path.Ext(base)) ||
			slices.Contains([]string{"Directory.Packages.props", "Directory.Build.props", "Directory.Build.targets", "packages.config"}, base)
	}, beyondMSBuild},
	{"RubyGems", called("Gemfile", "gems.rb"), beyondGemfile},
	{"Packagist", called("composer.json"), beyondComposer},
}

func manifestOf(name string) (manifest, bool) {
	i := slices.IndexFunc(manifests, func(m manifest) bool { return m.is(path.Base(name)) })
	if i < 0 {
		return manifest{}, false
	}
	return manifests[i], true
}

// inScope says why edits reach further than an upgrade may: into other files than manifests and lockfiles of its
// ecosystem, or into other parts of a manifest than dependencies. It returns "" for fixes that are not upgrades.
func inScope(before, after tree, fix fettle.Fix, edits []fettle.Edit) string {
	if len(fix.Upgrades) == 0 {
		return ""
	}
	seen := map[string]bool{}
	for _, e := range edits {
		if seen[e.Path] {
			continue
		}
		seen[e.Path] = true
		m, declares := manifestOf(e.Path)
		f, locks := lockFormatOf(e.Path)
		ecosystem := m.ecosystem
		if locks {
			ecosystem = f.ecosystem
		}
		switch {
		case !declares && !locks:
			return fmt.Sprintf("it changes %s, which is neither a manifest nor a lockfile", e.Path)
		case !upgrades(fix, ecosystem):
			return fmt.Sprintf("it changes %s, where packages of %s are declared, and upgrades none of them", e.Path, ecosystem)
		case !belongs(e.Path, fix.Project, ecosystem):
			return fmt.Sprintf("it changes %s, which is outside the project %s", e.Path, fix.Project)
		case !declares:
			continue
		}
		old, err := before.read(e.Path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err.Error()
		}
		if err != nil && ecosystem != "PyPI" { // a file of constraints may be new
			return fmt.Sprintf("it adds the manifest %s", e.Path)
		}
		new, err := after.read(e.Path)
		if err != nil {
			return err.Error()
		}
		if what := m.beyond(old, new); what != "" {
			return fmt.Sprintf("it changes more of %s than dependencies: %s", e.Path, oneLine(what))
		}
	}
	return ""
}

// upgrades reports whether a fix upgrades a package of the ecosystem.
func upgrades(fix fettle.Fix, ecosystem string) bool {
	return slices.ContainsFunc(fix.Upgrades, func(u fettle.Upgrade) bool {
		return u.Package.Ecosystem == ecosystem || u.Package.Ecosystem == ""
	})
}

// belongs reports whether a file may say something of the project in dir: it is in it or below, or, where parents,
// catalogs and central versions stand further up, in a folder on the way.
func belongs(name, dir, ecosystem string) bool {
	if dir == "" || strings.HasPrefix(name, dir+"/") {
		return true
	}
	if ecosystem == "npm" && path.Base(name) == "package.json" || ecosystem == "Go" {
		return false
	}
	at := path.Dir(name)
	if path.Base(at) == "gradle" || path.Base(at) == "requirements" {
		at = path.Dir(at)
	}
	return at == "." || strings.HasPrefix(dir+"/", at+"/")
}
