package forge

import (
	"fmt"
	"strings"
)

// Provider is the CI server that started the run.
type Provider string

const (
	None    Provider = "none" // a shell, or a server that Detect does not know
	GitHub  Provider = "github"
	Forgejo Provider = "forgejo" // Gitea too: both run GitHub's actions, without code scanning
	GitLab  Provider = "gitlab"
	Jenkins Provider = "jenkins"
)

// Event is what started the run. Detect maps each server's words to these; an event without a constant keeps the server's own word.
type Event string

const (
	PullRequest       Event = "pull_request"        // a merge request on GitLab, a change on Jenkins
	PullRequestTarget Event = "pull_request_target" // has a write token even for forks: the code of the change must not be run
	MergeGroup        Event = "merge_group"         // a merge train on GitLab
	Push              Event = "push"
	Schedule          Event = "schedule"
	Manual            Event = "workflow_dispatch" // started by a person
	WorkflowRun       Event = "workflow_run"      // after another workflow; Head is what that one looked at
)

// Point is one end of a change. Either field may be empty where the server does not say.
type Point struct {
	Ref string // full: refs/heads/main
	SHA string // 40 or 64 lower-case hex digits
}

// Branch returns the branch that p names, or "" where it names none.
func (p Point) Branch() string {
	name, ok := strings.CutPrefix(p.Ref, "refs/heads/")
	if !ok {
		return ""
	}
	return name
}

// Run is the CI run that fettle is part of. Refs, SHAs and the repository's name were checked and cannot be mistaken
// for an option of a command; Title is text from outside.
type Run struct {
	Provider Provider
	Event    Event

	// Base is what the change is compared with; its SHA is empty where nothing came before, as for a new branch.
	// On Jenkins the base of a change has a Ref only.
	Base Point
	// Head is the newest commit of the change.
	Head Point
	// Checkout is what the server checked out. For a pull request on GitHub it is the merge of Head into the base branch,
	// whose first parent is newer than Base.SHA if the base branch moved.
	Checkout Point

	DefaultBranch string // short: main; empty where the server does not say
	Repository    string // owner/name; GitLab: group/subgroup/name
	Fork          bool   // the change comes from another repository, so the token may not write
	Change        int    // number of the pull or merge request; 0 is none
	Title         string // of the change: one line of outside text, control characters removed, cut at 256 runes
	Workspace     string // where the server checked out the repository
}

// Detect reads which CI run this is from the environment and, on GitHub and Forgejo, from the event's payload, which it
// reads with readFile. A value that is not what it should be is an error; the Run beside the error still
// holds its Provider, Event and Workspace, so that a caller can report the loss and look at the whole tree.
func Detect(getenv func(string) string, readFile func(string) ([]byte, error)) (Run, error) {
	switch {
	case getenv("GITHUB_ACTIONS") == "true":
		return detectGitHub(getenv, readFile)
	case getenv("GITLAB_CI") == "true":
		return detectGitLab(getenv)
	case getenv("JENKINS_URL") != "":
		return detectJenkins(getenv)
	}
	return Run{Provider: None}, nil
}

// checker checks values from outside and keeps the first error, so that a detector reads as a list.
type checker struct {
	getenv func(string) string
	err    error
}

// env returns the value of an environment variable, or "" where check refuses it.
func (c *checker) env(name string, check func(string) (string, error)) string {
	return c.field("environment variable "+name, c.getenv(name), check)
}

// field returns value, or "" where check refuses it; name tells a reader where the value stood.
func (c *checker) field(name, value string, check func(string) (string, error)) string {
	value, err := check(value)
	if err != nil && c.err == nil {
		c.err = fmt.Errorf("%s: %w", name, err)
	}
	return value
}

// heads returns the full ref of a branch.
func heads(branch string) string {
	if branch == "" {
		return ""
	}
	return "refs/heads/" + branch
}
