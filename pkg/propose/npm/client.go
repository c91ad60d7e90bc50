package npm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"deps.dev/util/semver"

	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// npmClient asks the installed npm, in the sandbox, with network and without install scripts.
type client struct {
	run   manager.Runner
	env   []string                        // npm's own settings, free of secrets
	temp  string                          // an empty folder to stand in
	known map[string]served               // by name
	dates map[string]map[string]time.Time // by name, then version
	down  map[string]error                // by scope: why its registry cannot be reached, so that it is asked once only
}

// served is the versions of a package from floor on.
type served struct {
	floor string
	list  []release
}

// release is one version that the registry serves.
type release struct {
	Version              string            `json:"version"`
	Dependencies         map[string]string `json:"dependencies"`
	OptionalDependencies map[string]string `json:"optionalDependencies"`
	Deprecated           any               `json:"deprecated"` // a text, or false
	Node                 any               `json:"engines.node"`
	Provenance           string            `json:"dist.attestations.url"`
	Repository           any               `json:"repository.url"`
	parsed               *semver.Version
}

// packageName is what npm accepts as a name, old names with capitals included. Anything else never reaches a command line.
var packageName = regexp.MustCompile(`^(@[a-zA-Z0-9~._-]+/)?[a-zA-Z0-9~_][a-zA-Z0-9~._-]*$`)

// releases lists the served versions of name from floor on, in rising order, prereleases left out.
func (c *client) releases(ctx context.Context, name, floor string) ([]release, error) {
	if !packageName.MatchString(name) {
		return nil, fmt.Errorf("%q is not a name of a package in a registry: %w", name, manager.ErrRegistry)
	}
	if _, err := semver.NPM.Parse(floor); err != nil {
		return nil, fmt.Errorf("%s %q is not a semantic version: %w", name, floor, manager.ErrRegistry)
	}
	if have, ok := c.known[name]; ok && semver.NPM.Compare(have.floor, floor) <= 0 {
		return slices.DeleteFunc(slices.Clone(have.list), func(r release) bool { return semver.NPM.Compare(r.Version, floor) < 0 }), nil
	}
	scope, _, scoped := strings.Cut(name, "/")
	if !scoped {
		scope = ""
	}
	if err := c.down[scope]; err != nil {
		return nil, fmt.Errorf("versions of %s: %w", name, err)
	}
	key := name + "@>=" + floor
	out, err := c.npm(ctx, c.temp, "view", key, "name", "version", "dependencies", "optionalDependencies", "deprecated",
		"engines.node", "dist.attestations.url", "repository.url", "--json")
	if noMatch(err) {
		out, err = "", nil // the package is there, but nothing as new as floor
	}
	var refusal *refusalError
	if errors.As(err, &refusal) && refusal.offline() {
		c.down[scope] = fmt.Errorf("%s: %w: %w", refusal.text, manager.ErrUnreached, manager.ErrRegistry)
	}
	if err != nil {
		return nil, fmt.Errorf("versions of %s: %w", name, err)
	}
	list, err := parseReleases([]byte(out))
	if err != nil {
		return nil, fmt.Errorf("versions of %s: %w", name, err)
	}
	c.known[name] = served{floor, list}
	return list, nil
}

// published returns the days on which the versions of name were published; none where the registry does not say. It is
// asked of a package that releases has found.
func (c *client) published(ctx context.Context, name string) map[string]time.Time {
	if days, ok := c.dates[name]; ok {
		return days
	}
	days := map[string]time.Time{}
	c.dates[name] = days
	out, err := c.npm(ctx, c.temp, "view", name, "time", "--json")
	if err != nil {
		return days
	}
	if start := jsonLine.FindStringIndex(out); start != nil {
		out = out[start[0]:]
	}
	var texts map[string]any
	if json.Unmarshal([]byte(out), &texts) != nil {
		return days
	}
	for version, text := range texts {
		if text, ok := text.(string); ok {
			if day, err := time.Parse(time.RFC3339, text); err == nil {
				days[version] = day
			}
		}
	}
	return days
}

var jsonLine = regexp.MustCompile(`(?m)^\s*[\[{]`)

// parseReleases reads what npm view --json prints: nothing, one object, or a list of them.
func parseReleases(out []byte) ([]release, error) {
	if start := jsonLine.FindIndex(out); start != nil { // after what npm has to say
		out = out[start[0]:]
	}
	if len(strings.TrimSpace(string(out))) == 0 {
		return nil, nil
	}
	var list []release
	if err := json.Unmarshal(out, &list); err != nil {
		var one release
		if json.Unmarshal(out, &one) != nil {
			return nil, fmt.Errorf("npm view printed something else than versions: %w", manager.ErrRegistry)
		}
		list = []release{one}
	}
	kept := list[:0]
	for _, r := range list {
		v, err := semver.NPM.Parse(r.Version)
		if err != nil || v.IsPrerelease() {
			continue
		}
		r.parsed = v
		kept = append(kept, r)
	}
	slices.SortStableFunc(kept, func(a, b release) int { return a.parsed.Compare(b.parsed) })
	return kept, nil
}

// npm runs npm in root and returns its output.
func (c *client) npm(ctx context.Context, root string, args ...string) (string, error) {
	result, err := c.run.Run(ctx, root, sandbox.Command{
		Args:    append([]string{"npm"}, args...),
		Env:     append(slices.Clone(c.env), "npm_config_loglevel=error", "npm_config_progress=false"),
		Network: true,
		Timeout: 5 * time.Minute,
		Output:  64 << 20,
	})
	if errors.Is(err, sandbox.ErrNotFound) {
		return "", fmt.Errorf("npm is not installed or not on PATH; fixes of npm projects need it: %w", err)
	}
	if err != nil {
		return "", err
	}
	if result.Ended != "" {
		return "", fmt.Errorf("npm %s was ended: %s: %w", args[0], result.Ended, manager.ErrRegistry)
	}
	if result.Code != 0 {
		return "", &refusalError{args: args, text: npmFault(result.Output)}
	}
	return result.Output, nil
}

// noMatch reports whether npm found the package and no version of it in the range asked for.
func noMatch(err error) bool {
	var refusal *refusalError
	return errors.As(err, &refusal) && strings.Contains(refusal.text, "No match found for version")
}

// refusalError is npm's own refusal.
type refusalError struct {
	args []string
	text string
}

func (e *refusalError) Error() string { return fmt.Sprintf("npm %s: %s", e.args[0], e.text) }
func (e *refusalError) Unwrap() []error {
	switch {
	case !e.unreachable():
		return nil
	case strings.Contains(e.text, "E404"):
		return []error{manager.ErrRegistry}
	}
	return []error{manager.ErrRegistry, manager.ErrUnreached}
}

// offline reports whether no connection could be made, so that another try is as vain.
func (e *refusalError) offline() bool {
	for _, code := range []string{"ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH"} {
		if strings.Contains(e.text, code) {
			return true
		}
	}
	return false
}

// unreachable reports whether the registry, not the request, is at fault.
func (e *refusalError) unreachable() bool {
	for _, code := range []string{"ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "E401", "E403", "E404",
		"E429", "E500", "E502", "E503", "E504", "UNABLE_TO_", "SELF_SIGNED", "network"} {
		if strings.Contains(e.text, code) {
			return true
		}
	}
	return false
}

// noise begins the lines of npm that say nothing about the fault at hand.
var noise = []string{"A complete log of this run", "at ", "syscall ", "errno ", "method GET", "network This is a problem", "network In most cases",
	"network 'proxy' config", "For a full report", "If you are behind a proxy"}

// npmFault picks the lines of npm's output that say what is wrong.
func npmFault(out string) string {
	var lines []string
	for _, line := range strings.Split(out, "\n") {
		line = strings.TrimSpace(line)
		for _, prefix := range []string{"npm error ", "npm ERR! "} {
			text, ok := strings.CutPrefix(line, prefix)
			if ok && text != "" && len(lines) < 6 && !slices.ContainsFunc(noise, func(s string) bool { return strings.HasPrefix(text, s) }) {
				lines = append(lines, text)
			}
		}
	}
	if len(lines) == 0 {
		return strings.TrimSpace(out[max(0, len(out)-300):])
	}
	return strings.Join(lines, "; ")
}
