package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/fettle-dev/fettle/pkg/learn/alert"
)

// vulnerabilitiesQuery asks for what a person has dealt with, and what is open again.
const vulnerabilitiesQuery = `query($path: ID!, $after: String) { project(fullPath: $path) { vulnerabilities(first: 100, after: $after) {
 pageInfo { hasNextPage endCursor }
 nodes { id state reportType title severity updatedAt detectedAt dismissalReason dismissedAt dismissedBy { username bot } resolvedAt resolvedBy { username bot }
  identifiers { externalType externalId name } cvss { vector }
  location { ... on VulnerabilityLocationDependencyScanning { file dependency { package { name } version } } ... on VulnerabilityLocationSast { file } } } } } }`

// gitLab reads the vulnerability report of a project, which is that of its default branch. The list of the REST API does not
// say why a vulnerability was dismissed, so GraphQL is asked.
func (c *forgeClient) gitLab(ctx context.Context, name string, in *learnInputs) error {
	text, _, err := c.call(ctx, http.MethodGet, c.base.String()+"/projects/"+url.PathEscape(name), nil)
	if err != nil {
		return err
	}
	var project struct {
		Path   string `json:"path_with_namespace"`
		Branch string `json:"default_branch"`
	}
	if err := json.Unmarshal(text, &project); err != nil || project.Path == "" {
		return fmt.Errorf("ask /projects/%s: the answer names no project", name)
	}
	in.branch = project.Branch
	graph := strings.TrimSuffix(c.base.String(), "/v4") + "/graphql"
	after, seen := "", map[string]bool{}
	for range maxPages {
		variables := map[string]any{"path": project.Path}
		if after != "" {
			variables["after"] = after
		}
		body, err := json.Marshal(map[string]any{"query": vulnerabilitiesQuery, "variables": variables})
		if err != nil {
			return err
		}
		text, _, err := c.call(ctx, http.MethodPost, graph, body)
		if err != nil {
			return err
		}
		export, err := alert.Read("vulnerabilities of GitLab", text)
		if err != nil {
			return err
		}
		in.alerts = append(in.alerts, export.Alerts...)
		in.faults = append(in.faults, export.Faults...)
		var page struct {
			Data struct {
				Project struct {
					Vulnerabilities struct {
						Page struct {
							More bool   `json:"hasNextPage"`
							End  string `json:"endCursor"`
						} `json:"pageInfo"`
					} `json:"vulnerabilities"`
				} `json:"project"`
			} `json:"data"`
		}
		if err := json.Unmarshal(text, &page); err != nil {
			return fmt.Errorf("vulnerabilities of GitLab: %w", err)
		}
		at := page.Data.Project.Vulnerabilities.Page
		if !at.More {
			return nil
		}
		if seen[at.End] || at.End == "" {
			return errors.New("vulnerabilities of GitLab: the forge names a page twice")
		}
		seen[at.End], after = true, at.End
	}
	return fmt.Errorf("vulnerabilities of GitLab: more than %d pages", maxPages)
}
