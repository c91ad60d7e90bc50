package main

import (
	"context"
	"encoding/json"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// npmSettings asks npm for the user's settings that say where packages come from, and returns them as variables for the
// sandbox. Tokens and passwords are not among them; credentials inside an address are cut out. It runs in an empty
// folder, so that nothing of the repository has a say. Without npm there are none.
func npmSettings(ctx context.Context, env *environment, empty string) []string {
	settings := []string{
		"npm_config_git=git", "npm_config_ignore_scripts=true", "npm_config_audit=false", "npm_config_fund=false",
		"npm_config_update_notifier=false", "npm_config_yes=true",
		"npm_config_fetch_retries=1", "npm_config_fetch_retry_mintimeout=1000", "npm_config_fetch_retry_maxtimeout=5000", "npm_config_fetch_timeout=60000",
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "config", "list", "--json")
	cmd.Dir, cmd.Env = empty, env.environ
	out, err := cmd.Output()
	if err != nil {
		return settings
	}
	var all map[string]any
	if json.Unmarshal(out, &all) != nil {
		return settings
	}
	var names []string
	for name := range all {
		if slices.Contains(passedSettings, name) || strings.HasPrefix(name, "@") && strings.HasSuffix(name, ":registry") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		key := "npm_config_" + name
		if !strings.HasPrefix(name, "@") {
			key = strings.ReplaceAll(key, "-", "_")
		}
		switch value := all[name].(type) {
		case string:
			settings = append(settings, key+"="+withoutCredentials(value))
		case bool:
			settings = append(settings, key+"="+strconv.FormatBool(value))
		}
	}
	return settings
}

// passedSettings are the keys of npm's configuration that reach the sandbox.
var passedSettings = []string{"registry", "proxy", "https-proxy", "noproxy", "strict-ssl", "cafile", "replace-registry-host"}

func withoutCredentials(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.User == nil {
		return value
	}
	u.User = nil
	return u.String()
}
