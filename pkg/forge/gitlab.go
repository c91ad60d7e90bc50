package forge

// gitLabEvent names what started a pipeline, given CI_PIPELINE_SOURCE and CI_MERGE_REQUEST_EVENT_TYPE.
func gitLabEvent(source, kind string) Event {
	switch {
	case source == "merge_request_event" && kind == "merge_train":
		return MergeGroup
	case source == "merge_request_event":
		return PullRequest
	case source == "web":
		return Manual
	}
	return Event(source)
}

func detectGitLab(getenv func(string) string) (Run, error) {
	run := Run{Provider: GitLab}
	c := &checker{getenv: getenv}
	run.Workspace = c.env("CI_PROJECT_DIR", checkWorkspace)
	run.Event = gitLabEvent(c.env("CI_PIPELINE_SOURCE", checkEvent), getenv("CI_MERGE_REQUEST_EVENT_TYPE"))
	minimal := run

	run.Repository = c.env("CI_PROJECT_PATH", checkRepository)
	run.DefaultBranch = c.env("CI_DEFAULT_BRANCH", checkBranch)
	run.Checkout.SHA = c.env("CI_COMMIT_SHA", checkSHA)
	run.Checkout.Ref = heads(c.env("CI_COMMIT_BRANCH", checkBranch))
	if tag := c.env("CI_COMMIT_TAG", checkBranch); tag != "" {
		run.Checkout.Ref = "refs/tags/" + tag
	}
	run.Head = run.Checkout
	if run.Change = changeNumber(getenv("CI_MERGE_REQUEST_IID")); run.Change != 0 {
		run.mergeRequest(c)
	} else {
		run.Base = Point{Ref: run.Checkout.Ref, SHA: c.env("CI_COMMIT_BEFORE_SHA", checkSHA)}
	}
	if c.err != nil {
		return minimal, c.err
	}
	return run, nil
}

func (run *Run) mergeRequest(c *checker) {
	run.Title = oneLine(c.getenv("CI_MERGE_REQUEST_TITLE"), maxTitle)
	run.Checkout.Ref = c.env("CI_MERGE_REQUEST_REF_PATH", checkRef)
	run.Base.Ref = heads(c.env("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", checkBranch))
	run.Base.SHA = c.env("CI_MERGE_REQUEST_DIFF_BASE_SHA", checkSHA)
	run.Head.Ref = heads(c.env("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", checkBranch))
	// These two are set where the pipeline runs on the result of merging: then the checkout holds the target branch's own
	// changes too, and compared with the diff's base they would count as the author's.
	if target := c.env("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", checkSHA); target != "" {
		run.Base.SHA = target
	}
	if source := c.env("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", checkSHA); source != "" {
		run.Head.SHA = source
	}
	from := c.env("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", checkRepository)
	into := c.env("CI_MERGE_REQUEST_PROJECT_PATH", checkRepository)
	run.Fork = from == "" || from != into
}
