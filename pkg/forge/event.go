package forge

import (
	"encoding/json"
	"errors"
	"fmt"
)

// maxEvent bounds a payload; GitHub itself sends at most 25 MB.
const maxEvent = 32 << 20

// The part of an event's payload that says what is compared with what.
type (
	event struct {
		Before      string           `json:"before"`
		After       string           `json:"after"`
		PullRequest *eventChange     `json:"pull_request"`
		MergeGroup  *eventGroup      `json:"merge_group"`
		WorkflowRun *eventRun        `json:"workflow_run"`
		Repository  *eventRepository `json:"repository"`
	}
	eventChange struct {
		Number int      `json:"number"`
		Title  string   `json:"title"`
		Base   eventEnd `json:"base"`
		Head   eventEnd `json:"head"`
	}
	eventEnd struct {
		Ref  string           `json:"ref"` // short
		SHA  string           `json:"sha"`
		Repo *eventRepository `json:"repo"` // null once the fork is deleted
	}
	eventGroup struct {
		HeadSHA string `json:"head_sha"`
		HeadRef string `json:"head_ref"` // full
		BaseSHA string `json:"base_sha"`
		BaseRef string `json:"base_ref"` // full
	}
	eventRun struct {
		HeadSHA        string           `json:"head_sha"`
		HeadBranch     string           `json:"head_branch"`
		HeadRepository *eventRepository `json:"head_repository"`
		PullRequests   []struct {
			Number int `json:"number"`
		} `json:"pull_requests"` // empty where the change comes from a fork
	}
	eventRepository struct {
		FullName      string `json:"full_name"`
		DefaultBranch string `json:"default_branch"`
	}
)

// apply fills in what the payload of run.Event says.
func (run *Run) apply(payload []byte) error {
	if len(payload) > maxEvent {
		return fmt.Errorf("%d bytes are more than the %d that are read", len(payload), maxEvent)
	}
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		return err
	}
	c := &checker{}
	if e.Repository != nil {
		run.DefaultBranch = c.field("repository.default_branch", e.Repository.DefaultBranch, checkBranch)
		if run.Repository == "" {
			run.Repository = c.field("repository.full_name", e.Repository.FullName, checkRepository)
		}
	}
	switch run.Event {
	case PullRequest, PullRequestTarget:
		if e.PullRequest == nil {
			return errors.New("no pull_request in it")
		}
		run.applyChange(c, e.PullRequest)
	case MergeGroup:
		if e.MergeGroup == nil {
			return errors.New("no merge_group in it")
		}
		run.Base = c.full("merge_group.base", e.MergeGroup.BaseRef, e.MergeGroup.BaseSHA)
		run.Head = c.full("merge_group.head", e.MergeGroup.HeadRef, e.MergeGroup.HeadSHA)
	case Push:
		run.Base = c.full("before", run.Checkout.Ref, e.Before)
		if e.After != "" {
			run.Head = c.full("after", run.Checkout.Ref, e.After)
		}
	case WorkflowRun:
		if e.WorkflowRun == nil {
			return errors.New("no workflow_run in it")
		}
		run.applyRun(c, e.WorkflowRun)
	}
	return c.err
}

func (run *Run) applyChange(c *checker, p *eventChange) {
	run.Change = max(p.Number, 0)
	run.Title = oneLine(p.Title, maxTitle)
	run.Base = c.short("pull_request.base", p.Base.Ref, p.Base.SHA)
	run.Head = c.short("pull_request.head", p.Head.Ref, p.Head.SHA)
	run.Fork = elsewhere(p.Head.Repo, p.Base.Repo)
}

func (run *Run) applyRun(c *checker, r *eventRun) {
	run.Head = c.short("workflow_run.head", r.HeadBranch, r.HeadSHA)
	run.Fork = elsewhere(r.HeadRepository, &eventRepository{FullName: run.Repository})
	if len(r.PullRequests) == 1 && !run.Fork {
		run.Change = max(r.PullRequests[0].Number, 0)
	}
}

// elsewhere reports whether head is another repository than base. A repository without a name counts as another one,
// because the answer decides who is trusted.
func elsewhere(head, base *eventRepository) bool {
	return head == nil || base == nil || head.FullName == "" || head.FullName != base.FullName
}

// short returns the end of a change whose branch the payload names without refs/heads/.
func (c *checker) short(name, branch, sha string) Point {
	return Point{Ref: heads(c.field(name, branch, checkBranch)), SHA: c.field(name, sha, checkSHA)}
}

// full returns the end of a change whose ref the payload names in full.
func (c *checker) full(name, ref, sha string) Point {
	return Point{Ref: c.field(name, ref, checkRef), SHA: c.field(name, sha, checkSHA)}
}
