package propose

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

	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// runner runs a command on a copy of the repository.
type runner interface {
	Run(ctx context.Context, root string, c sandbox.Command) (sandbox.Result, error)
}

// errRegistry marks answers that the registry did not give: down, refused, no such package.
var errRegistry = errors.New("the registry did not answer")

// errUnreached marks answers of a registry that was not asked, since it could not be reached before. It is an errRegistry.
var errUnreached = fmt.Errorf("it cannot be reached: %w", errRegistry)

// npmClient asks the installed npm, in the sandbox, with network and without install scripts.
type npmClient struct {
	run   runner
	env   []string          // npm's own settings, free of secrets
	temp  string            // an empty folder to stand in
	known map[string]served // by name
	down  map[string]error  // by scope: why its registry cannot be reached, so that it is asked once only
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
	parsed               *semver.Version
}

// needs returns the range by which r asks for name, and whether it does.
func (r release) needs(name string) (string, bool) {
	if spec, ok := r.OptionalDependencies[name]; ok {
		return spec, true
	}
	spec, ok := r.Dependencies[name]
	return spec, ok
}

func (r release) deprecated() bool {
	text, ok := r.Deprecated.(string)
	return ok && text != ""
}

// packageName is what npm accepts as a name, old names with capitals included. Anything else never reaches a command line.
var packageName = regexp.MustCompile(`^(@[a-zA-Z0-9~._-]+/)?[a-zA-Z0-9~_][a-zA-Z0-9~._-]*$`)

// releases lists the served versions of name from floor on, in rising order, prereleases left out.
func (c *npmClient) releases(ctx context.Context, name, floor string) ([]release, error) {
	if !packageName.MatchString(name) {
		return nil, fmt.Errorf("%q is not a name of a package in a registry: %w", name, errRegistry)
	}
	if _, err := semver.NPM.Parse(floor); err != nil {
		return nil, fmt.Errorf("%s %q is not a semantic version: %w", name, floor, errRegistry)
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
	out, err := c.npm(ctx, c.temp, "view", key, "name", "version", "dependencies", "optionalDependencies", "deprecated", "--json")
	if noMatch(err) {
		out, err = "", nil // the package is there, but nothing as new as floor
	}
	var refusal *npmError
	if errors.As(err, &refusal) && refusal.offline() {
		c.down[scope] = fmt.Errorf("%s: %w", refusal.text, errUnreached)
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
			return nil, fmt.Errorf("npm view printed something else than versions: %w", errRegistry)
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
func (c *npmClient) npm(ctx context.Context, root string, args ...string) (string, error) {
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
		return "", fmt.Errorf("npm %s was ended: %s: %w", args[0], result.Ended, errRegistry)
	}
	if result.Code != 0 {
		return "", &npmError{args: args, text: npmFault(result.Output)}
	}
	return result.Output, nil
}

// noMatch reports whether npm found the package and no version of it in the range asked for.
func noMatch(err error) bool {
	var refusal *npmError
	return errors.As(err, &refusal) && strings.Contains(refusal.text, "No match found for version")
}

// npmError is npm's own refusal.
type npmError struct {
	args []string
	text string
}

func (e *npmError) Error() string { return fmt.Sprintf("npm %s: %s", e.args[0], e.text) }
func (e *npmError) Unwrap() error {
	if e.unreachable() {
		return errRegistry
	}
	return nil
}

// unasked reports whether err leaves open what the registry holds: it was not reached, or gave no answer.
func unasked(err error) bool {
	var refusal *npmError
	return errors.Is(err, errUnreached) || errors.As(err, &refusal) && refusal.unreachable() && !strings.Contains(refusal.text, "E404")
}

// offline reports whether no connection could be made, so that another try is as vain.
func (e *npmError) offline() bool {
	for _, code := range []string{"ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH"} {
		if strings.Contains(e.text, code) {
			return true
		}
	}
	return false
}

// unreachable reports whether the registry, not the request, is at fault.
func (e *npmError) unreachable() bool {
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
