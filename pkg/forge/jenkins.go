package forge

import (
	"net/url"
	"strings"
)

// detectJenkins reads what the Git and Branch API plugins set. They do not say what started the build.
func detectJenkins(getenv func(string) string) (Run, error) {
	run := Run{Provider: Jenkins, Event: Push}
	c := &checker{getenv: getenv}
	run.Workspace = c.env("WORKSPACE", checkWorkspace)
	change := getenv("CHANGE_ID") != ""
	if change {
		run.Event = PullRequest
	}
	minimal := run

	run.Repository = repositoryOf(getenv("GIT_URL"))
	run.Checkout = Point{Ref: heads(jenkinsBranch(c)), SHA: c.env("GIT_COMMIT", checkSHA)}
	run.Head = run.Checkout
	if change {
		run.Change = changeNumber(getenv("CHANGE_ID"))
		run.Title = oneLine(getenv("CHANGE_TITLE"), maxTitle)
		run.Fork = getenv("CHANGE_FORK") != ""
		run.Checkout.Ref = "" // BRANCH_NAME is PR-12 here, which no repository has
		run.Base.Ref = heads(c.env("CHANGE_TARGET", checkBranch))
		run.Head.Ref = heads(c.env("CHANGE_BRANCH", checkBranch))
	} else {
		if getenv("BRANCH_IS_PRIMARY") == "true" {
			run.DefaultBranch = run.Checkout.Branch()
		}
		run.Base = Point{Ref: run.Checkout.Ref, SHA: previousCommit(c)}
	}
	if c.err != nil {
		return minimal, c.err
	}
	return run, nil
}

// jenkinsBranch returns the branch of a build: BRANCH_NAME in multibranch jobs, else GIT_BRANCH without its remote.
func jenkinsBranch(c *checker) string {
	if name := c.env("BRANCH_NAME", checkBranch); name != "" {
		return name
	}
	name := c.env("GIT_BRANCH", checkBranch)
	if rest, ok := strings.CutPrefix(name, "origin/"); ok {
		return rest
	}
	return name
}

// previousCommit prefers the last build that passed: compared with one that failed, what failed it would no longer be new.
func previousCommit(c *checker) string {
	if sha := c.env("GIT_PREVIOUS_SUCCESSFUL_COMMIT", checkSHA); sha != "" {
		return sha
	}
	return c.env("GIT_PREVIOUS_COMMIT", checkSHA)
}

// repositoryOf returns owner/name of a clone address, or "" where it has none. The address may hold credentials; they are dropped.
func repositoryOf(address string) string {
	path := ""
	if u, err := url.Parse(address); err == nil && u.Scheme != "" && u.Host != "" {
		path = u.Path
	} else if _, after, ok := strings.Cut(address, ":"); ok && !strings.Contains(address, "://") {
		path = after // git@host:owner/name.git
	}
	name, err := checkRepository(strings.TrimSuffix(strings.Trim(path, "/"), ".git"))
	if err != nil {
		return ""
	}
	return name
}
