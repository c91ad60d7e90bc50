package validate

import (
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// ruling is what a manifest's format makes of a part of it.
type ruling int

const (
	other   ruling = iota // must not change, nor anything below it
	within                // holds parts that may change
	allowed               // may change
)

// beyond returns the first place where two documents differ and rule does not allow it, "" for none. rule is asked from
// the top down; old or new is nil where a part is on one side only.
func beyond(at []string, old, new *document.Value, rule func(at []string, old, new *document.Value) ruling) string {
	if flat(old) == flat(new) {
		return ""
	}
	switch rule(at, old, new) {
	case allowed:
		return ""
	case other:
		return strings.Join(at, ".")
	}
	if old != nil && !old.Is(document.Map) || new != nil && !new.Is(document.Map) || old == nil && new == nil {
		return strings.Join(at, ".")
	}
	var keys []string
	for _, v := range []*document.Value{old, new} {
		for _, f := range v.Map() {
			keys = append(keys, f.Key)
		}
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		if where := beyond(append(slices.Clone(at), key), old.Get(key), new.Get(key), rule); where != "" {
			return where
		}
	}
	return ""
}

// parsed reads both texts of a manifest and asks rule.
func parsed(read func([]byte) (*document.Value, error), old, new string, rule func(at []string, old, new *document.Value) ruling) string {
	a, err := read([]byte(old))
	if err != nil {
		return "it did not parse before: " + err.Error()
	}
	b, err := read([]byte(new))
	if err != nil {
		return "it does not parse: " + err.Error()
	}
	return beyond(nil, a, b, rule)
}

func asJSON(text []byte) (*document.Value, error) {
	v, _, err := document.ParseJSON(text)
	return v, err
}

func asTOML(text []byte) (*document.Value, error) {
	v, _, err := document.ParseTOML(text)
	return v, err
}

func asYAML(text []byte) (*document.Value, error) {
	v, _, err := document.ParseYAML(text)
	return v, err
}

// registrySpec is a version or a range of a registry: no address, path, repository or alias.
var registrySpec = regexp.MustCompile(`^[\s\w.*^~<>=!|,()+\[\]$-]*(?:@[\w.*^~<>=-]+)?$`)

// served reports whether text is asked of the registry under the name that it stands under.
func served(v *document.Value) bool {
	return v == nil || v.Str() != "" && registrySpec.MatchString(v.Text) || v.Is(document.String) && v.Text == ""
}

// spec allows a scalar to become a range of the registry, and to come or go as one.
func spec(_ []string, old, new *document.Value) ruling {
	if old.Is(document.Map) || new.Is(document.Map) {
		return within
	}
	if served(new) && (old == nil || served(old)) {
		return allowed
	}
	return other
}

// table is spec for managers that write a dependency as a version or as a table that holds one. A new table may say
// more, but not where the package is from.
func table(at []string, old, new *document.Value, besides ...string) ruling {
	if !old.Is(document.Map) && !new.Is(document.Map) {
		return spec(at, old, new)
	}
	for _, v := range []*document.Value{old, new} {
		for _, f := range v.Map() {
			if f.Key != "version" && !slices.Contains(besides, f.Key) && (old == nil || new == nil || flat(old.Get(f.Key)) != flat(new.Get(f.Key))) {
				return other
			}
		}
	}
	version := new.Get("version")
	if !new.Is(document.Map) {
		version = new
	}
	if served(version) {
		return allowed
	}
	return other
}

var packageTables = []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "overrides", "resolutions"}

func beyondPackageJSON(old, new string) string {
	return parsed(asJSON, old, new, func(at []string, old, new *document.Value) ruling {
		switch {
		case len(at) == 0, len(at) == 1 && at[0] == "pnpm":
			return within
		case slices.Contains(packageTables, at[0]), at[0] == "pnpm" && at[1] == "overrides":
			return spec(at, old, new)
		}
		return other
	})
}

func beyondPNPMWorkspace(old, new string) string {
	return parsed(asYAML, old, new, func(at []string, old, new *document.Value) ruling {
		switch {
		case len(at) == 0:
			return within
		case at[0] == "overrides", at[0] == "catalog", at[0] == "catalogs":
			return spec(at, old, new)
		}
		return other
	})
}

func beyondComposer(old, new string) string {
	return parsed(asJSON, old, new, func(at []string, old, new *document.Value) ruling {
		switch {
		case len(at) == 0, len(at) == 1 && (at[0] == "require" || at[0] == "require-dev"):
			return within
		case at[0] != "require" && at[0] != "require-dev" || !strings.Contains(at[1], "/"): // php, ext-json, composer-runtime-api
			return other
		}
		return spec(at, old, new)
	})
}

func beyondPipfile(old, new string) string {
	return parsed(asTOML, old, new, func(at []string, old, new *document.Value) ruling {
		switch {
		case len(at) == 0, len(at) == 1 && (at[0] == "packages" || at[0] == "dev-packages"):
			return within
		case at[0] == "packages", at[0] == "dev-packages":
			return table(at, old, new, "extras", "markers")
		}
		return other
	})
}

// beyondPyproject allows PEP 621 and 735 lists, and the tables of poetry, uv and pdm.
func beyondPyproject(old, new string) string {
	return parsed(asTOML, old, new, func(at []string, old, new *document.Value) ruling {
		where := strings.Join(at, ".")
		switch {
		case len(at) == 0, where == "project", where == "tool", where == "tool.poetry", where == "tool.uv", where == "tool.pdm",
			where == "tool.pdm.resolution", where == "tool.pdm.resolution.overrides", where == "tool.pdm.dev-dependencies",
			where == "project.optional-dependencies", where == "dependency-groups":
			return within
		case where == "project.dependencies", len(at) == 3 && strings.HasPrefix(where, "project.optional-dependencies."),
			len(at) == 2 && at[0] == "dependency-groups", len(at) == 4 && strings.HasPrefix(where, "tool.pdm.dev-dependencies."),
			where == "tool.uv.dev-dependencies", where == "tool.uv.constraint-dependencies", where == "tool.uv.override-dependencies":
			return requirementList(old, new)
		case strings.HasPrefix(where, "tool.pdm.resolution.overrides."):
			return spec(at, old, new)
		}
		if at[0] != "tool" || len(at) < 2 || at[1] != "poetry" {
			return other
		}
		rest := at[2:]
		if rest[0] == "group" && len(rest) <= 3 {
			if len(rest) == 3 && rest[2] != "dependencies" {
				return other
			}
			return within
		}
		if rest[0] == "group" {
			rest = rest[2:]
		}
		switch {
		case rest[0] != "dependencies" && rest[0] != "dev-dependencies":
			return other
		case len(rest) == 1:
			return within
		case strings.EqualFold(rest[1], "python"):
			return other
		}
		return table(at, old, new, "extras", "markers", "optional", "python")
	})
}

// requirementList allows a list of requirements to change, but not where packages come from.
func requirementList(old, new *document.Value) ruling {
	var was []string
	for _, item := range old.List() {
		was = append(was, flat(item))
	}
	for _, item := range new.List() {
		if !slices.Contains(was, flat(item)) && (!item.Is(document.String) || !plainRequirement(item.Text)) {
			return other
		}
	}
	if new != nil && !new.Is(document.List) {
		return other
	}
	return allowed
}

// plainRequirement reports whether a requirement names a package of the index, by a version or a range.
func plainRequirement(text string) bool {
	text, marker, _ := strings.Cut(text, ";")
	m := requirement.FindStringSubmatch(strings.TrimSpace(text))
	return m != nil && !strings.ContainsAny(m[2], "@/:") && !strings.Contains(marker, "://")
}

func beyondCargo(old, new string) string {
	return parsed(asTOML, old, new, func(at []string, old, new *document.Value) ruling {
		tables := []string{"dependencies", "dev-dependencies", "build-dependencies"}
		rest := at
		if len(rest) > 0 && rest[0] == "workspace" {
			if len(rest) == 1 {
				return within
			}
			if rest = rest[1:]; rest[0] != "dependencies" {
				return other
			}
		} else if len(rest) > 0 && rest[0] == "target" {
			if len(rest) <= 2 {
				return within
			}
			rest = rest[2:]
		}
		switch {
		case len(rest) == 0, len(rest) == 1 && slices.Contains(tables, rest[0]):
			return within
		case slices.Contains(tables, rest[0]):
			return table(at, old, new, "features", "default-features", "optional")
		}
		return other
	})
}

// beyondCatalog allows versions that libraries refer to, and the versions of libraries themselves.
func beyondCatalog(old, new string) string {
	doc, err := asTOML([]byte(new))
	if err != nil {
		return "it does not parse: " + err.Error()
	}
	referred, plugins := map[string]bool{}, map[string]bool{}
	for _, f := range doc.Get("libraries").Map() {
		referred[f.Value.Get("version", "ref").Str()] = true
	}
	for _, f := range doc.Get("plugins").Map() {
		plugins[f.Value.Get("version", "ref").Str()] = true
	}
	return parsed(asTOML, old, new, func(at []string, old, new *document.Value) ruling {
		switch {
		case len(at) == 0, len(at) == 1 && (at[0] == "versions" || at[0] == "libraries"):
			return within
		case at[0] == "versions" && referred[at[1]] && !plugins[at[1]]:
			return spec(at, old, new)
		case at[0] == "libraries" && old == nil && flat(new.Get("version", "ref")) == "": // a pin for a transitive package
			return library(new)
		case at[0] == "libraries" && len(at) == 2 && old.Is(document.String) && new.Is(document.String):
			if coordinates(old.Text) == coordinates(new.Text) {
				return allowed
			}
			return other
		case at[0] == "libraries" && len(at) == 2:
			return within
		case at[0] == "libraries" && at[2] == "version":
			return spec(at, old, new)
		}
		return other
	})
}

func library(v *document.Value) ruling {
	if v.Is(document.String) {
		return allowed
	}
	for _, f := range v.Map() {
		if !slices.Contains([]string{"module", "group", "name", "version"}, f.Key) {
			return other
		}
	}
	return allowed
}

// coordinates is group and name of group:name:version.
func coordinates(text string) string {
	parts := strings.SplitN(text, ":", 3)
	return strings.Join(parts[:min(len(parts), 2)], ":")
}
