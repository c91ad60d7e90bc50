package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fettle-dev/fettle/pkg/propose/npmtest"
	"github.com/fettle-dev/fettle/pkg/reach/golang"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	golang.Main()
	if os.Getenv(asProgram) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"fettle": main})
}

// TestScripts runs the stories in testdata/script, one per file, against the real program: its arguments, its standard
// output and error, its exit status, and what it leaves on disk. -update rewrites what they expect.
//
// Beside the commands of testscript there are:
//
//	status N command...      runs a command and wants exit status N
//	advisories FILE          writes the folder feeds from lines such as: CVE-2024-0001 lib 0 1.0.5 kev
//	registry FILE|down|well  serves the listed packages on loopback, or changes how the registry answers
//	lock DIR [key=]pkg@v...  writes DIR/package-lock.json for DIR/package.json; > stands between nested packages
//	repo DIR                 makes a git repository with one commit of all there is
//	commit DIR message       commits all there is; $HEAD is then the first twelve digits of the commit
//	event pull_request|push BASE  writes event.json and the variables of GitHub for HEAD of app against BASE
//	mirror DIR|down          serves DIR under $MIRROR as a mirror of advisories and feeds, or stops serving
//	damage change|cut FILE   changes the byte in the middle of a file, or cuts the file there
//	expand FILE              puts the value of $MIRROR into a file
//	gitonly DIR              makes PATH a folder with git and nothing else
//
// and the condition sandbox.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		UpdateScripts:       flag.Lookup("update").Value.String() == "true",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup:               setupScript,
		Condition:           scriptCondition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": scriptStatus, "advisories": scriptAdvisories, "registry": scriptRegistry, "lock": scriptLock,
			"mirror": scriptMirror, "damage": scriptDamage, "expand": scriptExpand,
			"repo": scriptRepo, "commit": scriptCommit, "event": scriptEvent, "gitonly": scriptGitOnly,
		},
	})
}

// scriptEnv is what a run of fettle in a test sees of the world, with all folders below dir.
func scriptEnv(dir string) []string {
	return []string{
		"HOME=" + filepath.Join(dir, "home"), "TMPDIR=" + filepath.Join(dir, ".tmp"), "LC_ALL=C", "NO_COLOR=1",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CEILING_DIRECTORIES=" + dir,
		"GIT_AUTHOR_NAME=A. Person", "GIT_AUTHOR_EMAIL=person@example.com", "GIT_AUTHOR_DATE=2026-01-02T03:04:05Z",
		"GIT_COMMITTER_NAME=A. Person", "GIT_COMMITTER_EMAIL=person@example.com", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z",
		"npm_config_userconfig=" + filepath.Join(dir, "home", ".npmrc"), "npm_config_globalconfig=" + filepath.Join(dir, "home", "global"),
		"npm_config_update_notifier=false", "npm_config_fetch_retries=0",
	}
}

func setupScript(env *testscript.Env) error {
	env.Vars = append(env.Vars, scriptEnv(env.WorkDir)...)
	for _, name := range []string{"GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "CI"} {
		env.Vars = append(env.Vars, name+"=")
	}
	env.Values["mirror"] = new(atomic.Bool)
	registry := npmtest.Start()
	env.Values["registry"] = registry
	env.Defer(registry.Close)
	env.Vars = append(env.Vars, "npm_config_registry="+registry.URL+"/")
	return os.MkdirAll(filepath.Join(env.WorkDir, "home"), 0o755)
}

func scriptStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command [argument...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := err.(*exec.ExitError); ok {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit status %d, want %s", code, args[0])
	}
}

func scriptAdvisories(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: advisories FILE")
	}
	ts.Check(writeFeeds(ts.MkAbs("feeds"), ts.ReadFile(args[0])))
}

// writeFeeds writes advisories from lines such as
//
//	CVE-2024-0001 lib 0 1.0.5 kev
//
// into dir, with a KEV catalogue of those marked kev and an EPSS file. Those marked local are of little impact.
func writeFeeds(dir, list string) error {
	var records, kev strings.Builder
	kev.WriteString("cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription,requiredAction,dueDate,knownRansomwareCampaignUse,notes,cwes\n")
	kev.WriteString("CVE-2001-0001,A,B,C,2026-01-02,D,E,2026-02-03,Unknown,,\n")
	for _, line := range strings.Split(list, "\n") {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		events := []map[string]string{{"introduced": f[2]}}
		if len(f) > 3 && f[3] != "-" {
			events = append(events, map[string]string{"fixed": f[3]})
		}
		vector := "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
		if slices.Contains(f, "local") {
			vector = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"
		}
		if slices.Contains(f, "kev") {
			fmt.Fprintf(&kev, "%s,A,B,C,2026-01-02,D,E,2026-02-03,Unknown,,\n", f[0])
		}
		record, err := json.Marshal(map[string]any{
			"schema_version": "1.6.0", "id": f[0], "modified": "2026-01-02T00:00:00Z", "published": "2026-01-01T00:00:00Z",
			"summary": "A fault of " + f[1], "severity": []any{map[string]string{"type": "CVSS_V3", "score": vector}},
			"affected": []any{map[string]any{"package": map[string]string{"ecosystem": "npm", "name": f[1]},
				"ranges": []any{map[string]any{"type": "SEMVER", "events": events}}}},
		})
		if err != nil {
			return err
		}
		records.Write(append(record, '\n'))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range map[string]string{"advisories.jsonl": records.String(), "kev.csv": kev.String(),
		"epss-2026-01-02.csv": "#model_version:v1,score_date:2026-01-02T00:00:00+0000\ncve,epss,percentile\nCVE-2001-0001,0.5,0.9\nCVE-2001-0002,0.001,0.1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func scriptRegistry(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: registry FILE|down|well|unauthorized")
	}
	registry := ts.Value("registry").(*npmtest.Registry)
	switch args[0] {
	case "down":
		registry.Play(npmtest.Down)
	case "unauthorized":
		registry.Play(npmtest.Unauthorized)
	case "well":
		registry.Play(npmtest.Well)
	default:
		registry.Add(npmtest.Parse(ts.ReadFile(args[0]))...)
	}
}

func scriptLock(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: lock DIR [[key=]name@version...]")
	}
	text, err := ts.Value("registry").(*npmtest.Registry).LockText(npmtest.Lock{
		Manifest: ts.ReadFile(args[0] + "/package.json"), Entries: npmtest.Entries(args[1:]...)})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+"/package-lock.json"), []byte(text), 0o644))
}

func scriptRepo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: repo DIR")
	}
	ts.Check(ts.Exec("git", "-C", args[0], "init", "-q", "-b", "main", "."))
	scriptCommit(ts, false, []string{args[0], "first"})
}

func scriptCommit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: commit DIR message")
	}
	ts.Check(ts.Exec("git", "-C", args[0], "add", "-A"))
	ts.Check(ts.Exec("git", "-C", args[0], "commit", "-q", "-m", args[1]))
	cmd := exec.Command("git", "rev-parse", "--short=12", "HEAD")
	cmd.Dir = ts.MkAbs(args[0])
	out, err := cmd.Output()
	ts.Check(err)
	ts.Setenv("HEAD", strings.TrimSpace(string(out)))
}

// scriptCondition knows one condition: whether this system has a sandbox.
func scriptCondition(name string) (bool, error) {
	if name != "sandbox" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	box, err := sandbox.New(sandbox.Options{Env: os.LookupEnv})
	return err == nil && box.Level() < sandbox.None, err
}

// scriptEvent plays what GitHub tells a run of the commit at HEAD in $WORK/app.
func scriptEvent(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: event pull_request|push BASE")
	}
	work := ts.Getenv("WORK")
	commit := func(rev string) string {
		if strings.Trim(rev, "0") == "" {
			return rev
		}
		cmd := exec.Command("git", "rev-parse", rev)
		cmd.Dir = filepath.Join(work, "app")
		out, err := cmd.Output()
		ts.Check(err)
		return strings.TrimSpace(string(out))
	}
	head, base := commit("HEAD"), commit(args[1])
	repo := map[string]string{"full_name": "owner/app", "default_branch": "main"}
	payload := map[string]any{"repository": repo, "before": base, "after": head}
	ref := "refs/heads/main"
	if args[0] == "pull_request" {
		ref = "refs/pull/7/merge"
		payload["pull_request"] = map[string]any{"number": 7, "title": "A change",
			"base": map[string]any{"ref": "main", "sha": base, "repo": repo}, "head": map[string]any{"ref": "topic", "sha": head, "repo": repo}}
	}
	text, err := json.Marshal(payload)
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(work, "event.json"), text, 0o644))
	ts.Setenv("GITHUB_EVENT_NAME", args[0])
	ts.Setenv("GITHUB_REF", ref)
	ts.Setenv("GITHUB_SHA", head)
}

// scriptGitOnly leaves git and fettle on the PATH.
func scriptGitOnly(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: gitonly DIR")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	for _, name := range []string{"git", "fettle"} {
		for _, place := range filepath.SplitList(ts.Getenv("PATH")) {
			if _, err := os.Stat(filepath.Join(place, name)); err == nil {
				ts.Check(os.Symlink(filepath.Join(place, name), filepath.Join(dir, name)))
				break
			}
		}
	}
	ts.Setenv("PATH", dir)
}
