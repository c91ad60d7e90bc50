package nuget

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// run runs dotnet on the copy at root, with network and the user's sources.
func (n *NuGet) run(ctx context.Context, root, dir string, args ...string) (string, error) {
	env := append(slices.Clone(n.Env), "DOTNET_CLI_TELEMETRY_OPTOUT=1", "DOTNET_NOLOGO=1", "DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1", "DOTNET_CLI_UI_LANGUAGE=en", "MSBUILDDISABLENODEREUSE=1")
	result, err := n.Run.Run(ctx, root, sandbox.Command{Args: append([]string{"dotnet"}, args...), Dir: dir, Env: env, Network: true, Timeout: 10 * time.Minute, Output: 32 << 20})
	switch {
	case errors.Is(err, sandbox.ErrNotFound):
		return "", fmt.Errorf("there is no .NET SDK on the PATH: %w", manager.ErrNoTool)
	case errors.Is(err, sandbox.ErrNoSandbox):
		return "", fmt.Errorf("dotnet is not run without a sandbox: %w: %w", manager.ErrNoTool, err)
	case err != nil:
		return "", err
	case result.Ended != "":
		return "", fmt.Errorf("dotnet %s was ended: %s: %w", args[0], result.Ended, manager.ErrRegistry)
	case result.Code != 0:
		return "", fault(root, args[0], result.Output)
	}
	return result.Output, nil
}

// fault is dotnet's own refusal, told apart by NuGet's codes: NU1301 and its like say that a source gave no answer.
func fault(root, command, out string) error {
	kind := fettle.ErrRefused
	for _, code := range []string{"NU1301", "NU1100", "NU1101", "NU1102", "NU1103", "NU1900", "Unable to load the service index"} {
		if strings.Contains(out, code) {
			kind = manager.ErrRegistry
		}
	}
	for _, code := range []string{"NETSDK1045", "MSB4236", "compatible .NET SDK was not found", "Unrecognized command", "Could not execute because"} {
		if strings.Contains(out, code) {
			kind = manager.ErrNoTool
		}
	}
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(out, root+"/", "")) {
		if line = strings.TrimSpace(line); strings.Contains(line, "error") || strings.Contains(line, "NU1") {
			lines = append(lines, line)
		}
		if len(lines) == 4 {
			break
		}
	}
	return fmt.Errorf("dotnet %s failed: %.500s: %w", command, strings.Join(lines, "; "), kind)
}

// restore has the SDK write the lockfile of the project with texts in place. MSBuild runs what project files hold: that is
// the sandbox's to bound. The sources are the user's, never those of a nuget.config of the repository.
func (n *NuGet) restore(ctx context.Context, from *os.Root, p fettle.Project, texts map[string]string) (string, error) {
	if n.down != nil && errors.Is(n.down, manager.ErrNoTool) {
		return "", n.down
	}
	dir, err := os.MkdirTemp(n.Temp, "nuget-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	left, count := maxBytes, 0
	err = fs.WalkDir(from.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		base := strings.ToLower(e.Name())
		switch {
		case err != nil:
			return err
		case e.IsDir() && (base == ".git" || base == "node_modules" || base == "bin" || base == "obj"):
			return fs.SkipDir
		case !e.Type().IsRegular() || !n.Reads(name):
			return nil
		}
		if count++; count > maxFiles {
			return fmt.Errorf("more than %d project files: %w", maxFiles, fettle.ErrRefused)
		}
		text, ok := texts[name]
		if !ok {
			if text, err = read(from, name, left); err != nil {
				return err
			}
		}
		left -= len(text)
		return write(dir, "tree/"+name, text)
	})
	if err == nil {
		err = write(dir, "tree/nuget.config", n.Config)
	}
	if err != nil {
		return "", err
	}
	if p.Manifest == "" {
		return "", fmt.Errorf("%s has no project file that could be restored: %w", p.Lockfile, fettle.ErrRefused)
	}
	if _, err := n.run(ctx, dir, path.Join("tree", p.Dir), "restore", path.Base(p.Manifest), "--use-lock-file", "--force-evaluate", "--configfile", filepath.Join(dir, "tree", "nuget.config")); err != nil {
		if errors.Is(err, manager.ErrNoTool) {
			n.down = err
		}
		return "", err
	}
	data, err := os.ReadFile(filepath.Join(dir, "tree", filepath.FromSlash(p.Lockfile)))
	if err != nil || len(data) > maxBytes {
		return "", fmt.Errorf("dotnet restore left no readable %s: %w", p.Lockfile, fettle.ErrRefused)
	}
	return string(data), nil
}

func write(dir, name, text string) error {
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// Releases asks dotnet package search for the versions of a package. Without an SDK that has it there is nobody to ask.
func (n *NuGet) Releases(ctx context.Context, _ fettle.Project, pkg fettle.Package) ([]manager.Release, error) {
	if err := check(fettle.Upgrade{Package: pkg, To: pkg.Version}); err != nil {
		return nil, fmt.Errorf("versions of %.100q: %w: %w", pkg.Name, manager.ErrRegistry, err)
	}
	if n.down != nil {
		return nil, fmt.Errorf("versions of %s: %w", pkg.Name, n.down)
	}
	id := strings.ToLower(pkg.Name)
	all, ok := n.known[id]
	if !ok {
		var err error
		if all, err = n.ask(ctx, pkg.Name); err != nil {
			if errors.Is(err, manager.ErrNoTool) {
				n.down = err
			}
			return nil, fmt.Errorf("versions of %s: %w", pkg.Name, err)
		}
		if n.known == nil {
			n.known = map[string][]manager.Release{}
		}
		n.known[id] = all
	}
	pre := strings.Contains(pkg.Version, "-")
	var list []manager.Release
	for _, r := range all {
		if !below(r.Version, pkg.Version) && (pre || !strings.Contains(r.Version, "-")) {
			list = append(list, r)
		}
	}
	return list, nil
}

func (n *NuGet) ask(ctx context.Context, name string) ([]manager.Release, error) {
	dir, err := os.MkdirTemp(n.Temp, "nuget-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := write(dir, "nuget.config", n.Config); err != nil {
		return nil, err
	}
	out, err := n.run(ctx, dir, "", "package", "search", name, "--exact-match", "--prerelease", "--format", "json", "--configfile", filepath.Join(dir, "nuget.config"))
	if err != nil {
		return nil, err
	}
	list, err := parseSearch(out, name)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("the user's sources have no such package: %w", manager.ErrRegistry)
	}
	return list, err
}

// searched is what dotnet package search prints.
type searched struct {
	Problems []struct {
		Text string `json:"text"`
	} `json:"problems"`
	Results []struct {
		Packages []struct {
			ID      string `json:"id"`
			Version string `json:"version"`
		} `json:"packages"`
	} `json:"searchResult"`
}

// parseSearch reads it: one package for each version that a source serves.
func parseSearch(out, name string) ([]manager.Release, error) {
	at := strings.Index(out, "{")
	if at < 0 {
		return nil, fmt.Errorf("dotnet package search printed no JSON: %w", manager.ErrRegistry)
	}
	var s searched
	if err := json.NewDecoder(strings.NewReader(out[at:])).Decode(&s); err != nil {
		return nil, fmt.Errorf("dotnet package search printed something else than versions: %w: %w", err, manager.ErrRegistry)
	}
	seen := map[string]bool{}
	var list []manager.Release
	for _, r := range s.Results {
		for _, p := range r.Packages {
			v := normalize(p.Version)
			if v != "" && strings.EqualFold(p.ID, name) && !seen[v] {
				seen[v] = true
				list = append(list, manager.Release{Version: v})
			}
		}
	}
	if len(list) == 0 && len(s.Problems) > 0 {
		return nil, fmt.Errorf("dotnet package search: %.200s: %w", s.Problems[0].Text, manager.ErrRegistry)
	}
	slices.SortFunc(list, func(a, b manager.Release) int {
		order, err := osv.CompareVersions(ecosystem, a.Version, b.Version)
		if err != nil {
			return strings.Compare(a.Version, b.Version)
		}
		return order
	})
	return list, nil
}
