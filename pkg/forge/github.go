package forge

import "fmt"

func detectGitHub(getenv func(string) string, readFile func(string) ([]byte, error)) (Run, error) {
	run := Run{Provider: GitHub}
	if getenv("FORGEJO_ACTIONS") == "true" || getenv("GITEA_ACTIONS") == "true" {
		run.Provider = Forgejo
	}
	c := &checker{getenv: getenv}
	run.Workspace = c.env("GITHUB_WORKSPACE", checkWorkspace)
	run.Event = Event(c.env("GITHUB_EVENT_NAME", checkEvent))
	minimal := run

	run.Repository = c.env("GITHUB_REPOSITORY", checkRepository)
	run.Checkout = Point{Ref: c.env("GITHUB_REF", checkRef), SHA: c.env("GITHUB_SHA", checkSHA)}
	run.Head = run.Checkout
	if c.err != nil {
		return minimal, c.err
	}
	path := getenv("GITHUB_EVENT_PATH")
	if path == "" {
		return run, nil
	}
	payload, err := readFile(path)
	if err != nil {
		return minimal, fmt.Errorf("read the payload of event %q: %w", run.Event, err)
	}
	if err := run.apply(payload); err != nil {
		return minimal, fmt.Errorf("payload of event %q: %w", run.Event, err)
	}
	return run, nil
}
