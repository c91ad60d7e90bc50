package forge

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	shaA = strings.Repeat("a1", 20)
	shaB = strings.Repeat("b2", 20)
	shaC = strings.Repeat("c3", 20)
	zero = strings.Repeat("0", 40)
)

// detect runs Detect over env, whose key "payload" is the content of the event file.
func detect(env map[string]string) (Run, error) {
	getenv := func(name string) string { return env[name] }
	readFile := func(path string) ([]byte, error) {
		if payload, ok := env["payload"]; ok && path == gitHubEnv["GITHUB_EVENT_PATH"] {
			return []byte(payload), nil
		}
		return nil, fs.ErrNotExist
	}
	return Detect(getenv, readFile)
}

// with returns base with the pairs of more in it.
func with(base map[string]string, more ...string) map[string]string {
	env := map[string]string{}
	for k, v := range base {
		env[k] = v
	}
	for i := 0; i+1 < len(more); i += 2 {
		env[more[i]] = more[i+1]
	}
	return env
}

var gitHubEnv = map[string]string{
	"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/github/workspace", "GITHUB_REPOSITORY": "acme/shop",
	"GITHUB_EVENT_PATH": "/github/workflow/event.json", "GITHUB_SHA": shaC,
}

const repository = `"repository": {"full_name": "acme/shop", "default_branch": "main"}`

func pullRequest(headRepo string) string {
	return `{"number": 7, ` + repository + `, "pull_request": {"number": 7, "title": "Use\n\u001b[31mlodash \u202e4",
		"base": {"ref": "main", "sha": "` + shaA + `", "repo": {"full_name": "acme/shop"}},
		"head": {"ref": "up/lodash", "sha": "` + shaB + `", "repo": ` + headRepo + `}}}`
}

func TestDetectReadsGitHub(t *testing.T) {
	merge := Point{Ref: "refs/pull/7/merge", SHA: shaC}
	change := Run{
		Provider: GitHub, Event: PullRequest, Base: Point{"refs/heads/main", shaA}, Head: Point{"refs/heads/up/lodash", shaB}, Checkout: merge,
		DefaultBranch: "main", Repository: "acme/shop", Change: 7, Title: "Use [31mlodash 4", Workspace: "/github/workspace",
	}
	fork := change
	fork.Fork = true
	target := fork
	target.Event, target.Checkout = PullRequestTarget, Point{"refs/heads/main", shaC}
	onForgejo := change
	onForgejo.Provider = Forgejo
	onMain := Point{"refs/heads/main", shaC}
	common := Run{Provider: GitHub, Head: onMain, Checkout: onMain, DefaultBranch: "main", Repository: "acme/shop", Workspace: "/github/workspace"}
	run := func(change func(*Run)) Run {
		r := common
		change(&r)
		return r
	}

	for _, tt := range []struct {
		name string
		env  map[string]string
		want Run
	}{
		{"pull request", with(gitHubEnv, "GITHUB_EVENT_NAME", "pull_request", "GITHUB_REF", "refs/pull/7/merge", "payload", pullRequest(`{"full_name": "acme/shop"}`)), change},
		{"pull request of a fork", with(gitHubEnv, "GITHUB_EVENT_NAME", "pull_request", "GITHUB_REF", "refs/pull/7/merge", "payload", pullRequest(`{"full_name": "eve/shop"}`)), fork},
		{"pull request of a deleted fork", with(gitHubEnv, "GITHUB_EVENT_NAME", "pull_request", "GITHUB_REF", "refs/pull/7/merge", "payload", pullRequest(`null`)), fork},
		{"pull_request_target", with(gitHubEnv, "GITHUB_EVENT_NAME", "pull_request_target", "GITHUB_REF", "refs/heads/main", "payload", pullRequest(`{"full_name": "eve/shop"}`)), target},
		{"pull request on Forgejo", with(gitHubEnv, "FORGEJO_ACTIONS", "true", "GITHUB_EVENT_NAME", "pull_request", "GITHUB_REF", "refs/pull/7/merge", "payload", pullRequest(`{"full_name": "acme/shop"}`)), onForgejo},
		{"push", with(gitHubEnv, "GITHUB_EVENT_NAME", "push", "GITHUB_REF", "refs/heads/main", "payload", `{"before": "`+shaA+`", "after": "`+shaC+`", `+repository+`}`),
			run(func(r *Run) { r.Event, r.Base = Push, Point{"refs/heads/main", shaA} })},
		{"push of a new branch", with(gitHubEnv, "GITHUB_EVENT_NAME", "push", "GITHUB_REF", "refs/heads/main", "payload", `{"before": "`+zero+`", "after": "`+shaC+`", `+repository+`}`),
			run(func(r *Run) { r.Event, r.Base = Push, Point{"refs/heads/main", ""} })},
		{"merge group", with(gitHubEnv, "GITHUB_EVENT_NAME", "merge_group", "GITHUB_REF", "refs/heads/gh-readonly-queue/main/pr-7", "payload",
			`{"merge_group": {"head_sha": "`+shaC+`", "head_ref": "refs/heads/gh-readonly-queue/main/pr-7", "base_sha": "`+shaA+`", "base_ref": "refs/heads/main"}, `+repository+`}`),
			run(func(r *Run) {
				r.Event, r.Base = MergeGroup, Point{"refs/heads/main", shaA}
				r.Head.Ref, r.Checkout.Ref = "refs/heads/gh-readonly-queue/main/pr-7", "refs/heads/gh-readonly-queue/main/pr-7"
			})},
		{"schedule", with(gitHubEnv, "GITHUB_EVENT_NAME", "schedule", "GITHUB_REF", "refs/heads/main", "payload", `{"schedule": "0 4 * * 1"}`),
			run(func(r *Run) { r.Event, r.DefaultBranch = Schedule, "" })},
		{"workflow_dispatch", with(gitHubEnv, "GITHUB_EVENT_NAME", "workflow_dispatch", "GITHUB_REF", "refs/heads/main", "payload", `{"ref": "refs/heads/main", "inputs": {"a": "b"}, `+repository+`}`),
			run(func(r *Run) { r.Event = Manual })},
		{"workflow_run after a fork's change", with(gitHubEnv, "GITHUB_EVENT_NAME", "workflow_run", "GITHUB_REF", "refs/heads/main", "payload",
			`{"workflow_run": {"head_sha": "`+shaB+`", "head_branch": "up", "head_repository": {"full_name": "eve/shop"}, "pull_requests": []}, `+repository+`}`),
			run(func(r *Run) { r.Event, r.Head, r.Fork = WorkflowRun, Point{"refs/heads/up", shaB}, true })},
		{"event that fettle has no word for", with(gitHubEnv, "GITHUB_EVENT_NAME", "projects_v2_item", "GITHUB_REF", "refs/heads/main", "payload", `{`+repository+`}`),
			run(func(r *Run) { r.Event = "projects_v2_item" })},
		{"without a payload", with(gitHubEnv, "GITHUB_EVENT_NAME", "push", "GITHUB_REF", "refs/heads/main", "GITHUB_EVENT_PATH", ""),
			run(func(r *Run) { r.Event, r.DefaultBranch = Push, "" })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := detect(tt.env)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDetectReadsOtherServers(t *testing.T) {
	gitLab := map[string]string{
		"GITLAB_CI": "true", "CI_PROJECT_DIR": "/builds/acme/web/shop", "CI_PROJECT_PATH": "acme/web/shop", "CI_DEFAULT_BRANCH": "main",
		"CI_COMMIT_SHA": shaC, "CI_COMMIT_BEFORE_SHA": zero,
	}
	mergeRequest := with(gitLab, "CI_PIPELINE_SOURCE", "merge_request_event", "CI_MERGE_REQUEST_IID", "12", "CI_MERGE_REQUEST_TITLE", "Update all",
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "up", "CI_MERGE_REQUEST_DIFF_BASE_SHA", shaA,
		"CI_MERGE_REQUEST_REF_PATH", "refs/merge-requests/12/head", "CI_MERGE_REQUEST_PROJECT_PATH", "acme/web/shop", "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "acme/web/shop")
	wantMR := Run{
		Provider: GitLab, Event: PullRequest, Base: Point{"refs/heads/main", shaA}, Head: Point{"refs/heads/up", shaC}, Checkout: Point{"refs/merge-requests/12/head", shaC},
		DefaultBranch: "main", Repository: "acme/web/shop", Change: 12, Title: "Update all", Workspace: "/builds/acme/web/shop",
	}
	wantMerged, wantTrain, wantFork := wantMR, wantMR, wantMR
	wantMerged.Base.SHA, wantMerged.Head.SHA = shaB, shaA
	wantTrain.Event = MergeGroup
	wantFork.Fork = true

	jenkins := map[string]string{"JENKINS_URL": "http://ci.example/", "WORKSPACE": "/var/jenkins/shop", "GIT_COMMIT": shaC, "GIT_URL": "https://bot:pw@git.example/acme/shop.git"}
	onMain := Point{"refs/heads/main", shaC}

	for _, tt := range []struct {
		name string
		env  map[string]string
		want Run
	}{
		{"no server", map[string]string{"GITHUB_SHA": shaA}, Run{Provider: None}},
		{"merge request", mergeRequest, wantMR},
		{"merge request, merged result", with(mergeRequest, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA", shaB, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", shaA), wantMerged},
		{"merge train", with(mergeRequest, "CI_MERGE_REQUEST_EVENT_TYPE", "merge_train"), wantTrain},
		{"merge request of a fork", with(mergeRequest, "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "eve/shop"), wantFork},
		{"GitLab push", with(gitLab, "CI_PIPELINE_SOURCE", "push", "CI_COMMIT_BRANCH", "main", "CI_COMMIT_BEFORE_SHA", shaA),
			Run{Provider: GitLab, Event: Push, Base: Point{"refs/heads/main", shaA}, Head: onMain, Checkout: onMain, DefaultBranch: "main", Repository: "acme/web/shop", Workspace: "/builds/acme/web/shop"}},
		{"GitLab tag", with(gitLab, "CI_PIPELINE_SOURCE", "push", "CI_COMMIT_TAG", "v1.0"),
			Run{Provider: GitLab, Event: Push, Base: Point{Ref: "refs/tags/v1.0"}, Head: Point{"refs/tags/v1.0", shaC}, Checkout: Point{"refs/tags/v1.0", shaC}, DefaultBranch: "main", Repository: "acme/web/shop", Workspace: "/builds/acme/web/shop"}},
		{"Jenkins change", with(jenkins, "CHANGE_ID", "5", "CHANGE_TARGET", "main", "CHANGE_BRANCH", "up", "CHANGE_TITLE", "Up", "CHANGE_FORK", "eve", "BRANCH_NAME", "PR-5"),
			Run{Provider: Jenkins, Event: PullRequest, Base: Point{Ref: "refs/heads/main"}, Head: Point{"refs/heads/up", shaC}, Checkout: Point{SHA: shaC}, Repository: "acme/shop", Fork: true, Change: 5, Title: "Up", Workspace: "/var/jenkins/shop"}},
		{"Jenkins branch, compared with the last build that passed", with(jenkins, "BRANCH_NAME", "main", "BRANCH_IS_PRIMARY", "true", "GIT_PREVIOUS_COMMIT", shaB, "GIT_PREVIOUS_SUCCESSFUL_COMMIT", shaA),
			Run{Provider: Jenkins, Event: Push, Base: Point{"refs/heads/main", shaA}, Head: onMain, Checkout: onMain, DefaultBranch: "main", Repository: "acme/shop", Workspace: "/var/jenkins/shop"}},
		{"Jenkins job of one branch", with(jenkins, "GIT_BRANCH", "origin/main", "GIT_PREVIOUS_COMMIT", shaB),
			Run{Provider: Jenkins, Event: Push, Base: Point{"refs/heads/main", shaB}, Head: onMain, Checkout: onMain, Repository: "acme/shop", Workspace: "/var/jenkins/shop"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := detect(tt.env)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDetectRefusesHostileValues(t *testing.T) {
	push := with(gitHubEnv, "GITHUB_EVENT_NAME", "push", "GITHUB_REF", "refs/heads/main", "payload", `{}`)
	gitLab := map[string]string{"GITLAB_CI": "true", "CI_PROJECT_DIR": "/builds/a/b", "CI_PIPELINE_SOURCE": "push"}
	jenkins := map[string]string{"JENKINS_URL": "http://ci.example/", "WORKSPACE": "/w"}
	for _, tt := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"option as commit", with(push, "GITHUB_SHA", "--upload-pack=x"), "GITHUB_SHA"},
		{"short commit", with(push, "GITHUB_SHA", "abc123"), "want 40 or 64"},
		{"commit that is not hexadecimal", with(push, "payload", `{"before": "`+strings.Repeat("g", 40)+`"}`), "not hexadecimal"},
		{"ref outside refs", with(push, "GITHUB_REF", "--all"), "GITHUB_REF"},
		{"repository that climbs", with(push, "GITHUB_REPOSITORY", "acme/../../etc"), "GITHUB_REPOSITORY"},
		{"event that is no name", with(push, "GITHUB_EVENT_NAME", "push\n::error::"), "GITHUB_EVENT_NAME"},
		{"workspace of two lines", with(push, "GITHUB_WORKSPACE", "/a\n/b"), "GITHUB_WORKSPACE"},
		{"payload that is not JSON", with(push, "payload", `{"before": `), "payload"},
		{"payload without its subject", with(push, "GITHUB_EVENT_NAME", "pull_request"), "no pull_request"},
		{"payload that is missing", with(push, "GITHUB_EVENT_PATH", "/elsewhere"), "read the payload"},
		{"branch that is an option", with(push, "GITHUB_EVENT_NAME", "pull_request", "payload", strings.Replace(pullRequest(`null`), "up/lodash", "-up", 1)), "pull_request.head"},
		{"full ref that is an option once it is shortened", with(push, "GITHUB_REF", "refs/heads/--all"), "GITHUB_REF"},
		{"GitLab branch of two lines", with(gitLab, "CI_COMMIT_BRANCH", "a\nb"), "CI_COMMIT_BRANCH"},
		{"GitLab commit", with(gitLab, "CI_COMMIT_SHA", "HEAD"), "CI_COMMIT_SHA"},
		{"Jenkins target", with(jenkins, "CHANGE_ID", "1", "CHANGE_TARGET", "--output=x"), "CHANGE_TARGET"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := detect(tt.env)
			if err == nil {
				t.Fatalf("no error; run is %+v", got)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("error %q has more than one line", err)
			}
			if got.Provider == None || got.Base != (Point{}) || got.Head != (Point{}) {
				t.Errorf("run beside the error is %+v; want its provider and no points", got)
			}
		})
	}
}

func TestReadErrorStaysVisible(t *testing.T) {
	_, err := detect(with(gitHubEnv, "GITHUB_EVENT_NAME", "push"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v does not wrap the one of readFile", err)
	}
}

func TestPayloadIsBounded(t *testing.T) {
	run := Run{Event: Push}
	payload := append(bytes.Repeat([]byte(" "), maxEvent), "{}"...)
	if err := run.apply(payload); err == nil {
		t.Error("a payload over the bound was read")
	}
}

func TestBranchNames(t *testing.T) {
	for _, name := range []string{"main", "renovate/npm-lodash-4.x", "a@b", "fix#12", "höhe", "a.b", "x-", "feature/(one)", "a'b;c$d`e"} {
		if _, err := checkBranch(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"-x", "a..b", "a/", "/a", "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "a.", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", `a\b`,
		"@", "a@{1}", "a\x7f", "a\x00b", "a\u2028b", "\xff", strings.Repeat("a", maxRef+1)} {
		if got, err := checkBranch(name); err == nil {
			t.Errorf("%q: accepted as %q", name, got)
		}
	}
}

func FuzzEvent(f *testing.F) {
	f.Add("pull_request", pullRequest(`{"full_name": "eve/shop"}`))
	f.Add("pull_request_target", pullRequest(`null`))
	f.Add("push", `{"before": "`+zero+`", "after": "`+shaA+`", `+repository+`}`)
	f.Add("merge_group", `{"merge_group": {"head_ref": "refs/heads/q", "base_ref": "refs/heads/--main"}}`)
	f.Add("workflow_run", `{"workflow_run": {"head_branch": "a\nb", "pull_requests": [{"number": -1}]}}`)
	f.Fuzz(func(t *testing.T, event, payload string) {
		run, err := detect(with(gitHubEnv, "GITHUB_EVENT_NAME", event, "payload", payload))
		if err != nil {
			return
		}
		for _, p := range []Point{run.Base, run.Head, run.Checkout} {
			if p.SHA != "" && len(p.SHA) != 40 && len(p.SHA) != 64 {
				t.Errorf("commit %q", p.SHA)
			}
			if p.Ref != "" && !strings.HasPrefix(p.Ref, "refs/") {
				t.Errorf("ref %q", p.Ref)
			}
		}
		if all := run.Base.Ref + run.Head.Ref + run.DefaultBranch + run.Title + run.Repository; strings.ContainsAny(all, "\n\r\x00\x1b") {
			t.Errorf("control character in %q", all)
		}
		if strings.HasPrefix(run.DefaultBranch, "-") || strings.HasPrefix(run.Base.Branch(), "-") || strings.HasPrefix(run.Head.Branch(), "-") {
			t.Errorf("option among %q %q %q", run.DefaultBranch, run.Base.Ref, run.Head.Ref)
		}
		if run.Change < 0 {
			t.Errorf("change %d", run.Change)
		}
	})
}
