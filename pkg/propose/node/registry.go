package node

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/propose/npm"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// releases answers what a registry of npm's kind serves.
type releases interface {
	Releases(ctx context.Context, p fettle.Project, pkg fettle.Package) ([]manager.Release, error)
}

// registry is what pnpm and Yarn have in common with npm: the registry, and the ranges.
type registry struct{}

// Admits follows the grammar of https://github.com/npm/node-semver#ranges.
func (registry) Admits(spec, version string) bool { return npm.Admits(bare(spec), version) }

// Served takes ranges, tags and aliases.
func (registry) Served(spec string) bool { return npm.Served(bare(spec)) }

// Repin keeps carets, tildes and exact pins.
func (registry) Repin(spec, version string) string {
	if rest, ok := strings.CutPrefix(spec, "npm:"); ok && npm.Served(rest) {
		return "npm:" + npm.Repin(rest, version) // Yarn writes a protocol before a plain range
	}
	return npm.Repin(spec, version)
}

// bare takes Yarn's protocol from before a plain range; that of an alias stays.
func bare(spec string) string {
	if rest, ok := strings.CutPrefix(spec, "npm:"); ok && npm.Served(rest) {
		return rest
	}
	return spec
}

// tool runs one package manager in the sandbox.
type tool struct {
	program string
	run     manager.Runner
	env     []string
	version map[string]string // by the folder in which it was asked
}

// fault is what a package manager says against what it was asked.
type fault struct {
	program, text string
	open          bool // the registry gave no answer
}

func (f *fault) Error() string { return f.program + ": " + f.text }

func (f *fault) Unwrap() []error {
	if f.open {
		return []error{manager.ErrRegistry, manager.ErrUnreached}
	}
	return []error{fettle.ErrRefused}
}

// do runs the tool in dir and returns what it printed.
func (t *tool) do(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	result, err := t.run.Run(ctx, dir, sandbox.Command{
		Args: append([]string{t.program}, args...), Env: append(slices.Clone(t.env), env...), Network: true, Timeout: 5 * time.Minute, Output: 1 << 20,
	})
	switch {
	case errors.Is(err, sandbox.ErrNotFound):
		return "", fmt.Errorf("%s is not on PATH: %w", t.program, manager.ErrNoTool)
	case err != nil:
		return "", err
	case result.Ended != "":
		return "", fmt.Errorf("%s %s was ended: %s: %w", t.program, args[0], result.Ended, fettle.ErrRefused)
	case result.Code != 0:
		return "", faultOf(t.program, result.Output)
	}
	return result.Output, nil
}

// unanswered are the words by which the tools say that a registry is at fault, not the request.
var unanswered = []string{"ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "ERR_PNPM_FETCH_401", "ERR_PNPM_FETCH_403",
	"ERR_PNPM_FETCH_5", "ERR_PNPM_META_FETCH_FAIL", "YN0041", "YN0035", "RequestError", "Internal Error", "getaddrinfo", "tunneling socket"}

// faultOf picks the lines that say what is wrong.
func faultOf(program, out string) error {
	f := &fault{program: program}
	var lines []string
	for line := range strings.SplitSeq(out, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		f.open = f.open || slices.ContainsFunc(unanswered, func(word string) bool { return strings.Contains(line, word) })
		lower := strings.ToLower(line)
		if len(lines) < 4 && (strings.Contains(lower, "err") || strings.Contains(line, "➤ YN") && !strings.Contains(line, "YN0000") && !strings.Contains(line, "YN0013")) {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		out = strings.TrimSpace(out)
		lines = []string{out[max(0, len(out)-300):]}
	}
	f.text = strings.ToValidUTF8(strings.Join(lines, "; "), "")
	if len(f.text) > 600 {
		f.text = strings.ToValidUTF8(f.text[:600], "") + "…"
	}
	return f
}

// major asks the tool for the first number of its version.
func (t *tool) major(ctx context.Context, dir string) (string, error) {
	if have, ok := t.version[""]; ok {
		return have, nil
	}
	out, err := t.do(ctx, dir, nil, "--version")
	if err != nil {
		return "", err
	}
	lines := strings.Fields(out)
	if len(lines) == 0 {
		return "", fmt.Errorf("%s --version says nothing: %w", t.program, manager.ErrNoTool)
	}
	number, _, _ := strings.Cut(lines[len(lines)-1], ".")
	t.version = map[string]string{"": number}
	return number, nil
}

// edge is a need of something that an upgrade moves.
type edge struct {
	fettle.Edge
	node fettle.Node // what is needed
	root bool        // the project itself needs it; Holder is then the directory of the member
}

// edges lists who needs what u moves.
func edges(p fettle.Project, u fettle.Upgrade) []edge {
	var list []edge
	for _, key := range u.Keys {
		node := manager.NodeOf(p, key)
		if node == nil {
			continue
		}
		for _, e := range node.Holders {
			list = append(list, edge{e, *node, manager.NodeOf(p, e.Holder) == nil})
		}
	}
	return list
}

// declare writes the ranges that upgrades need into the manifests that declare what moves. A range that admits the new
// version stays.
func declare(files map[string]string, p fettle.Project, upgrades []fettle.Upgrade) (map[string]string, error) {
	texts := map[string]string{}
	for _, u := range upgrades {
		for _, e := range edges(p, u) {
			if !e.root || u.Kind == fettle.Override {
				continue
			}
			name := path.Join(e.Holder, "package.json")
			text, ok := texts[name]
			if !ok {
				text = files[name]
			}
			asked := declaredAs(text, e, u)
			if asked == "" {
				continue // a peer, or needed through something else
			}
			spec, _ := npm.Declared(text, asked)
			if strings.HasPrefix(spec, "catalog:") {
				return nil, fmt.Errorf("%s takes %s from a catalog; change the catalog by hand: %w", name, asked, fettle.ErrRefused)
			}
			if npm.Admits(bare(spec), u.To) || !npm.Served(bare(spec)) {
				continue
			}
			var err error
			texts[name], err = npm.SetRange(text, asked, func(spec string) string { return registry{}.Repin(spec, u.To) })
			if err != nil {
				return nil, err
			}
		}
	}
	return texts, nil
}

// declaredAs returns the name under which a manifest asks for what u moves: its own, or that of an alias.
func declaredAs(text string, e edge, u fettle.Upgrade) string {
	if _, ok := npm.Declared(text, u.Package.Name); ok {
		return u.Package.Name
	}
	for _, name := range npm.DeclaredNames(text) {
		if spec, _ := npm.Declared(text, name); strings.HasPrefix(spec, "npm:"+u.Package.Name+"@") {
			return name
		}
	}
	return ""
}
