package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/fettle-dev/fettle/pkg/learn/alert"
)

// gitHub reads the alerts of Dependabot and code scanning, on the default branch only. A repository may have one of the two
// switched off, which is said.
func (c *forgeClient) gitHub(ctx context.Context, name string, in *learnInputs) error {
	root := c.base.String() + "/repos/" + name
	text, _, err := c.call(ctx, http.MethodGet, root, nil)
	if err != nil {
		return err
	}
	var repository struct {
		Branch string `json:"default_branch"`
	}
	if err := json.Unmarshal(text, &repository); err != nil || repository.Branch == "" {
		return fmt.Errorf("ask /repos/%s: the answer names no default branch", name)
	}
	in.branch = repository.Branch
	var refusals []error
	for _, list := range []struct{ path, name string }{
		{"/dependabot/alerts?per_page=100", "alerts of Dependabot"},
		{"/code-scanning/alerts?per_page=100&ref=" + url.QueryEscape("refs/heads/"+repository.Branch), "alerts of code scanning"},
	} {
		alerts, err := c.pages(ctx, root+list.path, list.name, in)
		var refusal *forgeRefusal
		if errors.As(err, &refusal) && (refusal.status == http.StatusForbidden || refusal.status == http.StatusNotFound) {
			refusals = append(refusals, err)
			in.said = append(in.said, fmt.Sprintf("no %s: %v; they are switched off, or the token may not read them", list.name, err))
			continue
		}
		if err != nil {
			return err
		}
		in.alerts = append(in.alerts, alerts...)
	}
	if len(refusals) == 2 {
		return errors.Join(refusals...)
	}
	return c.fixers(ctx, root, repository.Branch, in)
}

// fixers finds out who fixed each fixed alert: the author of the last commit on the default branch, before the alert was
// seen to be fixed, that changed the file.
func (c *forgeClient) fixers(ctx context.Context, root, branch string, in *learnInputs) error {
	type change struct{ path, until string }
	type author struct {
		login string
		bot   bool
	}
	asked := map[change]author{}
	left := 0
	for i := range in.alerts {
		a := &in.alerts[i]
		if a.State != alert.Fixed || a.By != "" || a.Path == "" {
			continue
		}
		key := change{a.Path, a.When.UTC().Format(time.RFC3339)}
		who, ok := asked[key]
		if !ok {
			if len(asked) == maxLookups {
				left++
				continue
			}
			query := url.Values{"path": {a.Path}, "sha": {branch}, "until": {key.until}, "per_page": {"1"}}
			text, _, err := c.call(ctx, http.MethodGet, root+"/commits?"+query.Encode(), nil)
			if err != nil {
				return err
			}
			var commits []struct {
				Author *struct{ Login, Type string } `json:"author"` // null where the address belongs to no account
				Commit struct {
					Author struct{ Name string } `json:"author"`
				} `json:"commit"`
			}
			if err := json.Unmarshal(text, &commits); err != nil {
				return fmt.Errorf("ask for the commit that fixed %s: %w", a.ID, err)
			}
			if len(commits) > 0 {
				who.login = commits[0].Commit.Author.Name
				kind := ""
				if by := commits[0].Author; by != nil {
					who.login, kind = by.Login, by.Type
				}
				who.bot = alert.IsBot(who.login, kind)
			}
			asked[key] = who
		}
		a.By, a.Bot = who.login, who.bot
	}
	if left > 0 {
		in.said = append(in.said, fmt.Sprintf("the commits of %d fixed alerts were not asked for: %d are asked at once", left, maxLookups))
	}
	return nil
}
