package node

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/propose/npm"
)

// Yarn is Yarn as a manager.Manager: version 1, and those from 2 on, whose lockfiles have nothing in common.
type Yarn struct {
	registry
	Run      manager.Runner
	Registry releases // who answers for the registry: npm
	Temp     string   // an existing folder for work copies
	Env      []string // npm's settings, KEY=VALUE, free of secrets; what Yarn calls otherwise is added

	tool   *tool
	normal map[string]string // lockfile that Yarn writes for an unchanged tree, by content
}

func (y *Yarn) start() {
	if y.tool != nil {
		return
	}
	env := append(slices.Clone(y.Env), "YARN_ENABLE_TELEMETRY=0", "YARN_ENABLE_SCRIPTS=false", "YARN_ENABLE_IMMUTABLE_INSTALLS=false", "YARN_IGNORE_PATH=1",
		"YARN_ENABLE_GLOBAL_CACHE=true", "COREPACK_ENABLE_STRICT=0", "COREPACK_ENABLE_PROJECT_SPEC=0", "YARN_ENABLE_PROGRESS_BARS=false", "YARN_ENABLE_COLORS=false", "CI=")
	for _, v := range y.Env {
		if address, ok := strings.CutPrefix(v, "npm_config_registry="); ok {
			env = append(env, "YARN_NPM_REGISTRY_SERVER="+strings.TrimSuffix(address, "/"), "YARN_REGISTRY="+address)
			if host, ok := strings.CutPrefix(address, "http://"); ok { // what the user's own configuration asks for
				host, _, _ = strings.Cut(host, "/")
				host, _, _ = strings.Cut(host, ":")
				env = append(env, "YARN_UNSAFE_HTTP_WHITELIST="+host)
			}
		}
		if cache, ok := strings.CutPrefix(v, "npm_config_cache="); ok {
			env = append(env, "YARN_CACHE_FOLDER="+cache+"/_yarn", "YARN_GLOBAL_FOLDER="+cache+"/_berry")
		}
	}
	y.tool = &tool{program: "yarn", run: y.Run, env: env}
	y.normal = map[string]string{}
}

// Name is yarn.
func (y *Yarn) Name() string { return "yarn" }

// Claims takes the projects that Yarn locks.
func (y *Yarn) Claims(p fettle.Project) bool { return p.Manager == "yarn" }

// Traits are those of Yarn with a lockfile.
func (y *Yarn) Traits(fettle.Project) manager.Traits {
	return manager.Traits{Locks: true, Pins: true, Below: true}
}

// Reads takes manifests, lockfiles and Yarn's configuration.
func (y *Yarn) Reads(name string) bool {
	return slices.Contains([]string{"package.json", "yarn.lock", ".yarnrc.yml", ".yarnrc", ".npmrc"}, path.Base(name))
}

// Releases asks npm.
func (y *Yarn) Releases(ctx context.Context, p fettle.Project, pkg fettle.Package) ([]manager.Release, error) {
	return y.Registry.Releases(ctx, p, pkg)
}

// Derive lets the Yarn of the lockfile's kind resolve. Where another one is installed, the manifests alone are changed.
func (y *Yarn) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	y.start()
	s, err := npm.OpenStage(y.Temp, root, p, func(name string) bool { return name == ".npmrc" || name == ".yarnrc.yml" })
	if err != nil {
		return manager.Derivation{}, err
	}
	defer removeAll(s.Dir)
	if err := s.Write(map[string]string{".yarnrc.yml": harmless(s.Files[".yarnrc.yml"])}); err != nil {
		return manager.Derivation{}, err
	}
	final, err := declare(s.Files, p, upgrades)
	if err != nil {
		return manager.Derivation{}, err
	}
	classic := !strings.Contains(s.Files[s.Lock], "\n__metadata:")
	lasting, passing := yarnPins(p, upgrades, classic)
	declared := final["package.json"]
	if err := resolutions(s, final, lasting); err != nil {
		return manager.Derivation{}, err
	}
	if why := y.fits(ctx, s, classic); why != "" {
		return behind(p, final, why+"; run yarn install")
	}
	edited := map[string]string{}
	if classic {
		lock, err := y.classic(ctx, s, p, upgrades, final, lasting)
		if err != nil {
			return manager.Derivation{}, err
		}
		return changed(p, s, final, lock), nil
	}
	for name, text := range final {
		edited[name] = text
	}
	if edited["package.json"] = declared; declared == "" {
		edited["package.json"] = s.Files["package.json"]
	}
	normal, err := y.normalLock(ctx, s)
	if err != nil {
		return manager.Derivation{}, err
	}
	if why := rewritten(s.Files[s.Lock], normal); why != "" {
		return behind(p, final, why+"; run yarn install with the Yarn of the project")
	}
	lock, err := y.berry(ctx, s, normal, p, upgrades, final, edited, passing)
	if err != nil {
		return manager.Derivation{}, err
	}
	return changed(p, s, final, lock), nil
}

// fits says why the installed Yarn cannot refresh the lockfile; "" where it can.
func (y *Yarn) fits(ctx context.Context, s *npm.Stage, classic bool) string {
	version, err := y.tool.major(ctx, y.Temp)
	switch {
	case err != nil:
		return "Yarn could not be run (" + err.Error() + ")"
	case classic && version != "1":
		return "the lockfile is of Yarn 1, the installed one is of version " + version
	case classic:
		return ""
	case version == "1":
		return "the lockfile is of Yarn 2 or later, the installed one is of version 1"
	}
	return ""
}

var berryFormat = regexp.MustCompile(`(?m)^  version: "?(\d+)`)

// rewritten says why the installed Yarn would rewrite all of a lockfile: it writes another format. "" is that it would not.
func rewritten(original, normal string) string {
	was, is := berryFormat.FindStringSubmatch(original), berryFormat.FindStringSubmatch(normal)
	if was == nil || is == nil || was[1] != is[1] {
		return "the installed Yarn writes another format of the lockfile than the one that it has"
	}
	return ""
}

// yarnPins returns the resolutions that stay, and what they are for one resolution only
// (https://yarnpkg.com/configuration/manifest#resolutions).
func yarnPins(p fettle.Project, upgrades []fettle.Upgrade, classic bool) (lasting, passing [][2]string) {
	for _, u := range upgrades {
		if u.Kind != fettle.Override {
			continue
		}
		for _, holder := range u.Holders {
			selector := holder + "/" + u.Package.Name
			if classic {
				selector = "**/" + selector
			}
			lasting = append(lasting, [2]string{selector, "^" + u.To})
			passing = append(passing, [2]string{selector, "npm:" + u.To})
		}
	}
	return lasting, passing
}

// resolutions adds pins to the root's package.json.
func resolutions(s *npm.Stage, texts map[string]string, pins [][2]string) error {
	if len(pins) == 0 {
		return nil
	}
	text, ok := texts["package.json"]
	if !ok {
		text = s.Files["package.json"]
	}
	text, err := npm.SetFlat(text, []string{"resolutions"}, pins)
	if err == nil {
		texts["package.json"] = text
	}
	return err
}

// asked returns the ranges by which the tree after upgrades asks for what u moves: those of who needs it now and admits the
// new version, and those that manifests and moved holders will have.
func (y *Yarn) asked(ctx context.Context, p fettle.Project, u fettle.Upgrade, upgrades []fettle.Upgrade, manifests map[string]string) ([]string, error) {
	var specs []string
	add := func(spec string) {
		if spec = bare(spec); npm.Served(spec) && !strings.HasPrefix(spec, "npm:") && !slices.Contains(specs, spec) {
			specs = append(specs, spec)
		}
	}
	for _, e := range edges(p, u) {
		holder := manager.NodeOf(p, e.Holder)
		switch {
		case e.root:
			text := manifests[path.Join(e.Holder, "package.json")]
			if spec, ok := npm.Declared(text, u.Package.Name); ok {
				add(spec)
			} else {
				add(e.Range)
			}
			continue
		case u.Kind == fettle.Override && slices.Contains(u.Holders, holder.Name):
			add("^" + u.To)
			continue
		}
		at := slices.IndexFunc(upgrades, func(o fettle.Upgrade) bool { return o.Package == holder.Package })
		if at < 0 {
			if npm.Admits(bare(e.Range), u.To) {
				add(e.Range)
			}
			continue
		}
		served, err := y.Registry.Releases(ctx, p, holder.Package)
		if err != nil {
			return nil, err
		}
		for _, r := range served {
			if spec, ok := r.Need(u.Package.Name); ok && r.Version == upgrades[at].To {
				add(spec)
			}
		}
	}
	slices.Sort(specs)
	return specs, nil
}

// manifestsOf returns all package.json texts with those of edited in place.
func manifestsOf(s *npm.Stage, edited map[string]string) map[string]string {
	all := map[string]string{}
	for name, text := range s.Files {
		if path.Base(name) == "package.json" {
			all[name] = text
		}
	}
	for name, text := range edited {
		all[name] = text
	}
	return all
}
