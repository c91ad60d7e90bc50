package node

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/propose/npm"
)

// classic lets Yarn 1 resolve what should move in a project of its own that has the same lockfile, and carries the entries
// over: Yarn 1 has no command that writes a lockfile without installing everything.
func (y *Yarn) classic(ctx context.Context, s *npm.Stage, p fettle.Project, upgrades []fettle.Upgrade, final map[string]string, lasting [][2]string) (string, error) {
	apart, err := y.apart(ctx, s, upgrades)
	if err != nil {
		return "", err
	}
	lock := parseClassic(s.Files[s.Lock])
	manifests := manifestsOf(s, final)
	before := lock.reached(manifestsOf(s, nil))
	moved := map[string]*block{} // by name and version
	for i, u := range upgrades {
		resolved := apart.find(fmt.Sprintf("fettle-%d@npm:%s@%s", i, u.Package.Name, u.To))
		if resolved == nil {
			return "", fmt.Errorf("yarn gives %s %s no entry: %w", u.Package.Name, u.To, fettle.ErrRefused)
		}
		specs, err := y.asked(ctx, p, u, upgrades, manifests)
		if err != nil {
			return "", err
		}
		var patterns []string
		for _, spec := range specs {
			patterns = append(patterns, u.Package.Name+"@"+spec)
		}
		if u.Kind == fettle.Override { // what the holders ask for is resolved to the pin
			for _, e := range edges(p, u) {
				if holder := manager.NodeOf(p, e.Holder); holder != nil && slices.Contains(u.Holders, holder.Name) {
					patterns = append(patterns, u.Package.Name+"@"+e.Range)
				}
			}
		}
		body, err := lock.sourced(resolved.body, u)
		if err != nil {
			return "", err
		}
		at := u.Package.Name + "@" + u.To
		if moved[at] == nil {
			moved[at] = lock.entryOf(u.Package.Name, u.To, body)
		}
		for _, pattern := range patterns {
			lock.take(pattern)
			moved[at].patterns = append(moved[at].patterns, pattern)
		}
	}
	for _, b := range apart.blocks { // what the new versions need and the lockfile does not have
		for _, pattern := range b.patterns {
			if strings.HasPrefix(pattern, "fettle-") || lock.find(pattern) != nil {
				continue
			}
			fresh := lock.entryOf(nameOf(pattern), b.version(), b.body)
			fresh.patterns = append(fresh.patterns, pattern)
		}
	}
	after := lock.reached(manifests)
	for _, pin := range lasting {
		after[nameOf(lastPart(pin[0]))+"@"+pin[1]] = true
	}
	for _, b := range lock.blocks {
		b.patterns = slices.DeleteFunc(b.patterns, func(pattern string) bool {
			return before[pattern] && !after[pattern] || !before[pattern] && !after[pattern] && b.made
		})
	}
	return lock.text(), nil
}

func lastPart(selector string) string {
	parts := strings.Split(selector, "/")
	if n := len(parts); n > 1 && strings.HasPrefix(parts[n-2], "@") {
		return parts[n-2] + "/" + parts[n-1]
	}
	return parts[len(parts)-1]
}

// apart resolves the versions asked for, each under an alias, beside the lockfile of the stage.
func (y *Yarn) apart(ctx context.Context, s *npm.Stage, upgrades []fettle.Upgrade) (*classicLock, error) {
	dir, err := os.MkdirTemp(y.Temp, "yarn-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var pairs [][2]string
	for i, u := range upgrades {
		pairs = append(pairs, [2]string{fmt.Sprintf("fettle-%d", i), "npm:" + u.Package.Name + "@" + u.To})
	}
	manifest, err := npm.SetFlat("{\n  \"private\": true\n}\n", []string{"dependencies"}, pairs)
	if err != nil {
		return nil, err
	}
	files := map[string]string{"package.json": manifest, "yarn.lock": s.Files[s.Lock], ".npmrc": s.Files[".npmrc"]}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	if _, err := y.tool.do(ctx, dir, nil, "install", "--ignore-scripts", "--non-interactive", "--ignore-engines", "--ignore-platform", "--no-progress", "--no-bin-links"); err != nil {
		return nil, err
	}
	made := npm.Stage{Dir: dir, Lock: "yarn.lock"}
	text, err := made.Lockfile()
	return parseClassic(text), err
}

// classicLock is a yarn.lock of Yarn 1: a head, and entries.
type classicLock struct {
	head    string
	newline string
	blocks  []*block
}

// block is one entry: the patterns that it is for, and what stands below.
type block struct {
	patterns []string
	body     string // indented lines
	key      string // the line of patterns as it stands; "" where they changed
	made     bool   // it was not there before
	count    int    // of patterns as read
}

func parseClassic(text string) *classicLock {
	lock := &classicLock{newline: "\n"}
	if strings.Contains(text, "\r\n") {
		lock.newline = "\r\n"
	}
	var now *block
	for line := range strings.Lines(text) {
		bare := strings.TrimRight(line, "\r\n")
		switch {
		case bare != "" && bare[0] != ' ' && bare[0] != '#' && strings.HasSuffix(bare, ":"):
			now = &block{key: bare, patterns: patternsOf(bare)}
			now.count = len(now.patterns)
			lock.blocks = append(lock.blocks, now)
		case now == nil:
			lock.head += line
		case strings.TrimSpace(bare) != "":
			now.body += line
		}
	}
	return lock
}

// patternsOf splits a line of patterns, each quoted or not.
func patternsOf(line string) []string {
	var list []string
	rest := strings.TrimSuffix(line, ":")
	for rest != "" && len(list) < 10_000 {
		var pattern string
		if strings.HasPrefix(rest, `"`) {
			end := strings.Index(rest[1:], `"`)
			if end < 0 {
				return append(list, rest)
			}
			pattern, rest = rest[1:end+1], rest[end+2:]
		} else {
			pattern, rest, _ = strings.Cut(rest, ", ")
			list = append(list, pattern)
			continue
		}
		list = append(list, pattern)
		rest = strings.TrimPrefix(rest, ", ")
	}
	return list
}

func (l *classicLock) find(pattern string) *block {
	for _, b := range l.blocks {
		if slices.Contains(b.patterns, pattern) {
			return b
		}
	}
	return nil
}

// take removes a pattern from the entry that has it.
func (l *classicLock) take(pattern string) {
	if b := l.find(pattern); b != nil {
		b.patterns = slices.DeleteFunc(b.patterns, func(p string) bool { return p == pattern })
	}
}

// entryOf returns the entry of a version, which is made with body where there is none.
func (l *classicLock) entryOf(name, version, body string) *block {
	for _, b := range l.blocks {
		if len(b.patterns) > 0 && nameOf(b.patterns[0]) == name && b.version() == version {
			return b
		}
	}
	b := &block{body: body, made: true}
	l.blocks = append(l.blocks, b)
	return b
}

func (b *block) field(name string) string {
	for line := range strings.Lines(b.body) {
		if rest, ok := strings.CutPrefix(line, "  "+name+" "); ok {
			return strings.Trim(strings.TrimSpace(rest), `"`)
		}
	}
	return ""
}

func (b *block) version() string { return b.field("version") }

// needs lists the patterns that an entry asks for.
func (b *block) needs() []string {
	var list []string
	inside := false
	for line := range strings.Lines(b.body) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "  dependencies:" || line == "  optionalDependencies:":
			inside = true
		case !strings.HasPrefix(line, "    "):
			inside = false
		case inside:
			name, spec, _ := strings.Cut(strings.TrimSpace(line), " ")
			if strings.HasPrefix(line, `    "`) {
				name, spec, _ = strings.Cut(strings.TrimSpace(line)[1:], `" `)
			}
			list = append(list, name+"@"+strings.Trim(spec, `"`))
		}
	}
	return list
}

// reached returns the patterns that the manifests ask for, directly and through entries.
func (l *classicLock) reached(manifests map[string]string) map[string]bool {
	seen := map[string]bool{}
	var queue []string
	for _, name := range slices.Sorted(maps.Keys(manifests)) {
		for _, section := range []string{"dependencies", "devDependencies", "optionalDependencies"} {
			gjson.Get(manifests[name], section).ForEach(func(key, value gjson.Result) bool {
				queue = append(queue, key.Str+"@"+value.Str)
				return true
			})
		}
	}
	byPattern := map[string]*block{}
	for _, b := range l.blocks {
		for _, pattern := range b.patterns {
			byPattern[pattern] = b
		}
	}
	for len(queue) > 0 {
		pattern := queue[0]
		queue = queue[1:]
		if b := byPattern[pattern]; b != nil && !seen[pattern] {
			seen[pattern] = true
			queue = append(queue, b.needs()...)
		}
	}
	return seen
}

// text writes the lockfile: entries that did not change as they stood, new ones in the order of their patterns.
func (l *classicLock) text() string {
	var out strings.Builder
	out.WriteString(l.head)
	var kept []*block
	for _, b := range l.blocks {
		if len(b.patterns) == 0 {
			continue
		}
		if len(b.patterns) != b.count || b.made {
			slices.Sort(b.patterns)
			b.patterns = slices.Compact(b.patterns)
			var quoted []string
			for _, p := range b.patterns {
				quoted = append(quoted, wrapped(p))
			}
			b.key = strings.Join(quoted, ", ") + ":"
		}
		kept = append(kept, b)
	}
	slices.SortStableFunc(kept, func(a, b *block) int { return strings.Compare(a.patterns[0], b.patterns[0]) })
	for i, b := range kept {
		if i > 0 {
			out.WriteString(l.newline)
		}
		out.WriteString(b.key + l.newline + strings.ReplaceAll(strings.ReplaceAll(b.body, "\r\n", "\n"), "\n", l.newline))
	}
	return out.String()
}

// wrapped quotes a pattern where Yarn does.
func wrapped(pattern string) string {
	first := pattern[0]
	letter := first >= 'a' && first <= 'z' || first >= 'A' && first <= 'Z'
	if !letter || strings.HasPrefix(pattern, "true") || strings.HasPrefix(pattern, "false") || strings.ContainsAny(pattern, ": \t\n\\\",[]") {
		return `"` + pattern + `"`
	}
	return pattern
}

// nameOf returns the name of a pattern such as @scope/name@^1.0.0.
func nameOf(pattern string) string {
	if at := strings.Index(pattern[min(1, len(pattern)):], "@"); at >= 0 {
		return pattern[:at+1]
	}
	return pattern
}

// sourced returns body with the archive taken from where the lockfile takes the package from now: the registry that was asked
// here may be a mirror, and the hash of the content stays.
func (l *classicLock) sourced(body string, u fettle.Upgrade) (string, error) {
	now := (&block{body: body}).field("resolved")
	base, _, ok := strings.Cut(now, "/"+u.Package.Name+"/-/")
	if !ok {
		return "", fmt.Errorf("%s %s would come from %s, which is no archive of a registry: %w", u.Package.Name, u.To, now, fettle.ErrRefused)
	}
	for _, b := range l.blocks {
		if len(b.patterns) > 0 && nameOf(b.patterns[0]) == u.Package.Name && b.version() == u.Package.Version {
			if was, _, ok := strings.Cut(b.field("resolved"), "/"+u.Package.Name+"/-/"); ok {
				return strings.Replace(body, base+"/"+u.Package.Name+"/-/", was+"/"+u.Package.Name+"/-/", 1), nil
			}
		}
	}
	return body, nil
}
