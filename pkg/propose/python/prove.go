package python

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// demand is what pip is asked to resolve.
type demand struct {
	requirements, constraints []string // without hashes and options
	options                   []string // the indexes that the files themselves name
	left                      []string // what is left out: addresses and folders
}

// resolved is one package that pip would install.
type resolved struct {
	name, version string
	needs         []string
}

// errUnproven marks a set that pip could not judge, since some of it has no wheel for the Python at hand.
var errUnproven = errors.New("pip could not resolve it from wheels alone")

// maxWithout bounds the packages without a wheel that are left out one by one.
const maxWithout = 8

// prove asks pip for a set that meets d, from wheels alone: building a source archive would run its code. A conflict is a
// refusal that names the packages. What has no fitting wheel is left out and named in without; where that does not help, the
// error is errUnproven.
func (t *Tools) prove(ctx context.Context, d demand) (set []resolved, without []string, err error) {
	for {
		out, set, err := t.proveOnce(ctx, d)
		if !errors.Is(err, errUnproven) || len(without) == maxWithout {
			return set, without, err
		}
		m := noWheel.FindStringSubmatch(out)
		if m == nil {
			return nil, without, err
		}
		name := python.Normalize(m[1])
		kept := slices.DeleteFunc(slices.Clone(d.requirements), func(line string) bool {
			r, err := python.ParseRequirement(line)
			return err == nil && r.Name == name
		})
		if len(kept) == len(d.requirements) {
			return nil, without, err
		}
		d.requirements, without = kept, append(without, name)
	}
}

var noWheel = regexp.MustCompile(`(?m)^ERROR: No matching distribution found for ([A-Za-z0-9][A-Za-z0-9._-]*)`)

func (t *Tools) proveOnce(ctx context.Context, d demand) (out string, set []resolved, err error) {
	dir, err := t.folder()
	if err != nil {
		return "", nil, err
	}
	defer os.RemoveAll(dir)
	for name, lines := range map[string][]string{"requirements.txt": append(slices.Clone(d.options), d.requirements...), "constraints.txt": d.constraints} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			return "", nil, err
		}
	}
	args := []string{"install", "--dry-run", "--ignore-installed", "--only-binary", ":all:", "--no-input", "--disable-pip-version-check", "--no-color",
		"--progress-bar", "off", "--report", "report.json", "-r", "requirements.txt", "-c", "constraints.txt"}
	out, err = t.pip(ctx, dir, args...)
	var refusal *toolError
	if errors.As(err, &refusal) {
		return out, nil, judge(out, err)
	}
	if err != nil {
		return out, nil, err
	}
	set, err = readReport(filepath.Join(dir, "report.json"))
	return out, set, err
}

// pipModule runs pip as python -m pip does. Under -m, pyenv would want to write into its own folder after each install, also
// after one that only says what it would do.
const pipModule = "import runpy; runpy.run_module('pip', run_name='__main__', alter_sys=True)"

// pip runs pip in dir.
func (t *Tools) pip(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := t.tool(ctx, dir, "", nil, append([]string{"python3", "-c", pipModule}, args...)...)
	if errors.Is(err, manager.ErrNoTool) || err != nil && strings.Contains(out, "No module named pip") {
		out, err = t.tool(ctx, dir, "", nil, append([]string{"pip"}, args...)...)
	}
	return out, err
}

// judge says what pip's refusal means.
func judge(out string, err error) error {
	switch {
	case strings.Contains(out, "ResolutionImpossible"), strings.Contains(out, "conflicting dependencies"), strings.Contains(out, "Double requirement given"):
		return fmt.Errorf("pip finds no set of versions that fit together: %s: %w", conflict(out), fettle.ErrRefused)
	case strings.Contains(out, "No matching distribution found"), strings.Contains(out, "Could not find a version"), strings.Contains(out, "resolution-too-deep"),
		strings.Contains(out, "no such option"), strings.Contains(out, "unrecognized arguments"), strings.Contains(out, "invalid requirement"), strings.Contains(out, "Invalid requirement"):
		return fmt.Errorf("%w: %s", errUnproven, oneLine(fault(out), 300))
	case errors.Is(err, manager.ErrRegistry):
		return fmt.Errorf("pip could not ask the index: %s: %w; check pip's index settings and the network", oneLine(fault(out), 300), manager.ErrRegistry)
	}
	return fmt.Errorf("%w: %s", errUnproven, oneLine(fault(out), 300))
}

// fault picks the lines in which pip says what is wrong.
func fault(out string) string {
	var lines []string
	for line := range strings.SplitSeq(out, "\n") {
		if text, ok := strings.CutPrefix(line, "ERROR: "); ok && len(lines) < 4 && !strings.Contains(text, "ResolutionImpossible") && !strings.Contains(text, "(from versions:") {
			lines = append(lines, text)
		}
	}
	if len(lines) == 0 {
		return out
	}
	return strings.Join(lines, "\n")
}

// conflict picks the lines that name who asks for what.
func conflict(out string) string {
	_, cause, ok := strings.Cut(out, "The conflict is caused by:")
	if !ok {
		return oneLine(fault(out), 500)
	}
	var lines []string
	for line := range strings.SplitSeq(cause, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			if len(lines) > 0 && !strings.Contains(line, "requested") && !strings.Contains(line, "depends on") && !strings.Contains(line, "constraint") {
				break
			}
			lines = append(lines, line)
		}
		if len(lines) == 8 {
			break
		}
	}
	return oneLine(strings.Join(lines, "\n"), 500)
}

// maxReport bounds pip's report, in bytes.
const maxReport = 128 << 20

func readReport(name string) ([]resolved, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%w: pip wrote no report", errUnproven)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxReport))
	if err != nil {
		return nil, err
	}
	return parseReport(data)
}

func parseReport(data []byte) ([]resolved, error) {
	var in struct {
		Install []struct {
			Metadata struct {
				Name    string   `json:"name"`
				Version string   `json:"version"`
				Needs   []string `json:"requires_dist"`
			} `json:"metadata"`
		} `json:"install"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("%w: pip's report cannot be read: %w", errUnproven, err)
	}
	var list []resolved
	for _, i := range in.Install {
		if nameForm.MatchString(i.Metadata.Name) && versionForm.MatchString(i.Metadata.Version) {
			list = append(list, resolved{python.Normalize(i.Metadata.Name), i.Metadata.Version, i.Metadata.Needs})
		}
	}
	return list, nil
}

// newcomers are the packages in set that moved ones bring along and that have does not name, each with who needs it.
func newcomers(set []resolved, moved []string, have func(name string) bool) (added []resolved, via map[string][]string) {
	byName := map[string]resolved{}
	for _, r := range set {
		byName[r.name] = r
	}
	via = map[string][]string{}
	queue := slices.Clone(moved)
	for i := 0; i < len(queue); i++ {
		for _, text := range byName[queue[i]].needs {
			need, err := python.ParseRequirement(text)
			r, installs := byName[need.Name]
			if err != nil || !installs || have(need.Name) || !python.Holds(need.Marker, nil) {
				continue
			}
			if !slices.Contains(via[need.Name], queue[i]) {
				via[need.Name] = append(via[need.Name], queue[i])
			}
			if !slices.ContainsFunc(added, func(a resolved) bool { return a.name == need.Name }) {
				added = append(added, r)
				queue = append(queue, need.Name)
			}
		}
	}
	for name := range via {
		slices.Sort(via[name])
	}
	slices.SortFunc(added, func(a, b resolved) int { return strings.Compare(a.name, b.name) })
	return added, via
}
