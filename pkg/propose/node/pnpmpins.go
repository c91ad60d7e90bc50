package node

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/npm"
)

// addPins adds overrides to the texts of a project: where it has some already, else where its pnpm looks first, which is the
// workspace's file from version 10 on and package.json before.
func addPins(s *npm.Stage, texts map[string]string, pins [][2]string, version string) error {
	if len(pins) == 0 {
		return nil
	}
	text := func(name string) string {
		if text, ok := texts[name]; ok {
			return text
		}
		return s.Files[name]
	}
	number, err := strconv.Atoi(version)
	later := err == nil && number >= 10
	workspace, manifest := text(workspaceFile), text("package.json")
	out := maps.Clone(texts)
	switch {
	case overridesLine.MatchString(workspace), later && !gjson.Get(manifest, "pnpm.overrides").Exists(), later && number > 10:
		out[workspaceFile], err = setYAML(workspace, pins)
	default:
		out["package.json"], err = npm.SetFlat(manifest, []string{"pnpm", "overrides"}, pins)
	}
	if err != nil {
		return err
	}
	maps.Copy(texts, out)
	return nil
}

var (
	overridesLine = regexp.MustCompile(`(?m)^overrides:[ \t]*(?:#.*)?\r?$`)
	anyOverrides  = regexp.MustCompile(`(?m)^overrides:`)
	plainYAML     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*$`)
	entryIndent   = regexp.MustCompile(`^([ \t]+)\S`)
)

// setYAML adds pins to the mapping overrides of a pnpm-workspace.yaml, at its head, in the indentation that is there.
func setYAML(text string, pins [][2]string) (string, error) {
	newline := "\n"
	if strings.Contains(text, "\r\n") {
		newline = "\r\n"
	}
	at := overridesLine.FindStringIndex(text)
	if at == nil && anyOverrides.MatchString(text) {
		return "", fmt.Errorf("%s writes overrides on one line; add %s there by hand: %w", workspaceFile, pins[0][0], fettle.ErrRefused)
	}
	indent := "  "
	var block strings.Builder
	if at != nil {
		rest := strings.TrimLeft(text[at[1]:], "\r\n")
		if m := entryIndent.FindStringSubmatch(rest); m != nil {
			indent = m[1]
		}
	}
	for _, p := range pins {
		if at != nil && slices.ContainsFunc(strings.Split(text[at[1]:], "\n"), func(line string) bool {
			key, _, ok := strings.Cut(strings.TrimSpace(line), ":")
			return ok && strings.Trim(strings.TrimSpace(key), `'"`) == p[0]
		}) {
			return "", fmt.Errorf("%s overrides %s already; change it by hand: %w", workspaceFile, p[0], fettle.ErrRefused)
		}
		block.WriteString(newline + indent + scalar(p[0]) + ": " + scalar(p[1]))
	}
	if at != nil {
		end := at[1]
		if strings.HasSuffix(text[:end], "\r") {
			end--
		}
		return text[:end] + block.String() + text[end:], nil
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += newline
	}
	if text != "" {
		text += newline
	}
	return text + "overrides:" + block.String() + newline, nil
}

// scalar writes s as a YAML scalar, quoted where it is no plain word.
func scalar(s string) string {
	if plainYAML.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
