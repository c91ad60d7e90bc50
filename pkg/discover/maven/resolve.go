package maven

import (
	"context"

	"deps.dev/util/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of one resolution.
const (
	maxDepth   = 100       // edges from the root
	maxRetries = 100       // after a range ruled out what was chosen
	maxWork    = 3_000_000 // needs looked at in all resolutions of a scan; a reactor of 300 modules has some 200,000
)

// artifact is one that was chosen: Maven keeps one version of each key.
type artifact struct {
	dependency
	id       string // its key
	depth    int
	via      *artifact // who needs it on the nearest way; nil is the root
	excludes *excludes
	model    *model      // nil where its POM cannot be had, or need not be
	managed  *dependency // what the root says of its version, if it does
	module   bool        // of the tree
}

// need is an edge, to whatever was chosen for key.
type need struct {
	holder *artifact // nil is the root
	key    string
	spec   string
	scope  fettle.Scope
}

// excludes are those of a way from the root.
type excludes struct {
	set map[exclusion]bool
	up  *excludes
}

// under returns x with more exclusions.
func (x *excludes) under(lists ...[]exclusion) *excludes {
	set := map[exclusion]bool{}
	for _, list := range lists {
		for _, e := range list {
			set[e] = true
		}
	}
	if len(set) == 0 {
		return x
	}
	return &excludes{set, x}
}

func (x *excludes) exclude(d dependency) bool {
	for ; x != nil; x = x.up {
		if x.set[exclusion{d.group, d.artifact}] || x.set[exclusion{d.group, "*"}] || x.set[exclusion{"*", d.artifact}] || x.set[exclusion{"*", "*"}] {
			return true
		}
	}
	return false
}

// resolution is what a root needs, resolved as Maven does it: of each key the nearest version, the first of those that are
// equally near, unless a range rules it out; what the root manages holds for everything below its own dependencies.
type resolution struct {
	w      *workspace
	root   *model
	chosen map[string]*artifact
	order  []*artifact
	needs  []need
	moved  map[coords]coords               // relocations
	ranges map[string][]*semver.Constraint // by key
	specs  map[string][]string             // the same, as written
	cut    int                             // needs deeper than maxDepth
}

// resolve resolves what root needs. The error is that of ctx.
func (w *workspace) resolve(ctx context.Context, root *model) (*resolution, error) {
	r := &resolution{w: w, root: root, moved: map[coords]coords{}, ranges: map[string][]*semver.Constraint{}, specs: map[string][]string{}}
	for range maxRetries {
		again, err := r.walk(ctx)
		if err != nil || !again {
			return r, err
		}
	}
	return r, nil
}

// walk goes through the needs, the nearest first. It reports whether something came up that makes it necessary to begin anew.
func (r *resolution) walk(ctx context.Context) (bool, error) {
	r.chosen, r.order, r.needs, r.cut = map[string]*artifact{}, nil, nil, 0
	moved := false
	again, err := r.expand(ctx, nil, r.root)
	for i := 0; i < len(r.order) && err == nil && !again; i++ {
		a := r.order[i]
		if bundled(a.kind) || a.scope == "system" {
			continue
		}
		if err = r.open(ctx, a); err != nil || a.model == nil {
			continue
		}
		if to := a.model.relocation; to != nil && *to != a.coords() && len(r.moved) < 1000 {
			if _, ok := r.moved[a.coords()]; !ok {
				r.moved[a.coords()], moved = *to, true
			}
		}
		again, err = r.expand(ctx, a, a.model)
	}
	return again || moved, err
}

// open finds the POM of a.
func (r *resolution) open(ctx context.Context, a *artifact) error {
	if a.why != "" || a.model != nil {
		return nil
	}
	p, err := r.w.find(ctx, a.coords())
	if err != nil || p == nil {
		return err
	}
	a.module = p.file != ""
	a.model, err = r.w.model(ctx, p)
	return err
}

// expand takes the needs of a, which m lists; those of the root where a is nil.
func (r *resolution) expand(ctx context.Context, a *artifact, m *model) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	depth := 1
	var excluded *excludes
	if a != nil {
		depth, excluded = a.depth+1, a.excludes
	}
	for _, d := range m.dependencies {
		if a != nil && (d.optional == "true" || d.scope == "test" || d.scope == "provided") || excluded.exclude(d) {
			continue
		}
		if r.w.work++; depth > maxDepth || r.w.work > maxWork {
			r.cut++
			continue
		}
		again, err := r.take(ctx, a, d, depth, excluded)
		if err != nil || again {
			return again, err
		}
	}
	return false, nil
}

// take notes that a needs d, and chooses it if nothing else was for its key.
func (r *resolution) take(ctx context.Context, a *artifact, d dependency, depth int, excluded *excludes) (bool, error) {
	spec, key := d.version, d.key()
	managed := r.manage(&d, key, depth)
	if managed != nil {
		spec = d.version
	}
	var fits bool
	for range 10 { // a relocation may lead to another one
		again, ok, err := r.settle(ctx, key, &d)
		if err != nil || again {
			return again, err
		}
		fits = ok
		to, ok := r.moved[d.coords()]
		if !ok {
			break
		}
		d.group, d.artifact, d.version = to.group, to.artifact, to.version
		key = d.key()
		if m := r.manage(&d, key, depth); m != nil {
			managed = m
		}
		if excluded.exclude(d) {
			return false, nil
		}
	}
	if a != nil && a.id == key {
		return false, nil
	}
	r.needs = append(r.needs, need{a, key, spec, scopeOf(d)})
	if !fits || r.chosen[key] != nil {
		return false, nil
	}
	next := &artifact{dependency: d, id: key, depth: depth, via: a, managed: managed}
	if managed != nil {
		next.excludes = excluded.under(d.exclusions, managed.exclusions)
	} else {
		next.excludes = excluded.under(d.exclusions)
	}
	r.chosen[key] = next
	r.order = append(r.order, next)
	return false, nil
}

// manage applies what the root manages of d, but for exclusions, which its own dependencies have taken in already.
func (r *resolution) manage(d *dependency, key string, depth int) *dependency {
	if depth < 2 {
		return nil
	}
	m := r.root.manages(key)
	if m == nil {
		return nil
	}
	if m.version != "" {
		d.version, d.pin, d.why = m.version, m.pin, m.why
	}
	d.scope = orElse(m.scope, d.scope)
	if m.optional != "" {
		d.optional = m.optional
	}
	return m
}

// scopeOf is what d is needed for.
func scopeOf(d dependency) fettle.Scope {
	scope := fettle.Production
	switch d.scope {
	case "test":
		scope = fettle.Test
	case "provided", "system":
		scope = fettle.Peer
	}
	if d.optional == "true" {
		scope = narrower(scope, fettle.Optional)
	}
	return scope
}

func narrower(a, b fettle.Scope) fettle.Scope {
	if a.Wider(b) {
		return b
	}
	return a
}
