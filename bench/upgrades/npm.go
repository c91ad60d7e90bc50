//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// npmSettings asks npm for the user's settings that say where packages come from, in an empty folder.
func npmSettings(ctx context.Context, empty string) ([]string, error) {
	out, err := command(ctx, empty, os.Environ(), "npm", "config", "list", "--json")
	if err != nil {
		return nil, err
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		return nil, fmt.Errorf("read npm's configuration: %w", err)
	}
	settings := []string{"npm_config_ignore_scripts=true", "npm_config_audit=false", "npm_config_fund=false", "npm_config_update_notifier=false", "npm_config_yes=true"}
	for _, name := range []string{"registry", "proxy", "https-proxy", "noproxy", "cafile"} {
		if value, ok := all[name].(string); ok {
			settings = append(settings, "npm_config_"+strings.ReplaceAll(name, "-", "_")+"="+value)
		}
	}
	return settings, nil
}

// runNPM runs npm in the copy, with scripts off and without installing anything.
func (b *bench) runNPM(t *trial, extra []string, args ...string) error {
	_, err := command(t.ctx, t.dir, b.npmEnv(extra...), "npm", append(args, "--package-lock-only", "--ignore-scripts", "--no-fund")...)
	return err
}

func (b *bench) npmEnv(extra ...string) []string {
	env := append(os.Environ(), b.npm...)
	return append(append(env, "npm_config_cache="+filepath.Join(b.work, "native", "npm")), extra...)
}

func npmAudit(b *bench, t *trial) error { return b.runNPM(t, nil, "audit", "fix") }

func npmUpdate(b *bench, t *trial) error { return b.runNPM(t, nil, "update", "--no-audit") }

// npmLatest installs the newest version of each direct dependency that has a finding. Where npm takes not all of them at
// once, as their peers disagree, it takes one after another.
func npmLatest(b *bench, t *trial) error {
	names := t.vulnerable(true)
	if len(names) == 0 {
		return errors.New("no direct dependency has a finding")
	}
	var all []string
	for _, name := range names {
		all = append(all, name+"@latest")
	}
	first := b.runNPM(t, nil, append([]string{"install", "--no-audit"}, all...)...)
	if first == nil || t.ctx.Err() != nil {
		return first
	}
	var left []string
	for _, spec := range all {
		if err := b.runNPM(t, nil, "install", "--no-audit", spec); err != nil {
			left = append(left, spec)
		}
	}
	if len(left) == len(all) {
		return first
	}
	t.note("npm refused them at once, so one by one; refused then: %d of %d", len(left), len(all))
	return nil
}
