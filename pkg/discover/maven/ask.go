package maven

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// ask fetches a file. A repository that keeps failing is asked no more.
func (r *repositories) ask(ctx context.Context, repo *remote, name string) ([]byte, string, error) {
	if repo.down != "" {
		return nil, repo.down, nil
	}
	if r.requests++; r.requests > maxRequests {
		return nil, fmt.Sprintf("more than %d files were asked for in one scan; what was fetched is kept, so scan again", maxRequests), nil
	}
	if r.requests%100 == 0 {
		r.log("asked Maven repositories for %d files", r.requests)
	}
	data, status, err := r.request(ctx, repo, name)
	if ctx.Err() != nil {
		return nil, "", ctx.Err()
	}
	switch {
	case err != nil:
		if repo.failures++; repo.failures >= maxFailures {
			repo.down = fmt.Sprintf("a repository cannot be reached: %v", err)
		}
		return nil, fmt.Sprintf("a repository cannot be reached: %v", err), nil
	case status == http.StatusOK:
		repo.failures = 0
		return data, "", nil
	case status == http.StatusNotFound || status == http.StatusGone:
		repo.failures = 0
		return nil, "", nil
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return nil, fmt.Sprintf("a repository refuses it (status %d); a server in settings.xml may give a user and a password", status), nil
	}
	if repo.failures++; repo.failures >= maxFailures {
		repo.down = fmt.Sprintf("a repository answers with status %d", status)
	}
	return nil, fmt.Sprintf("a repository answers with status %d", status), nil
}

func (r *repositories) request(ctx context.Context, repo *remote, name string) ([]byte, int, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, repo.url+"/"+name, nil)
	if err != nil {
		return nil, 0, plainError(err)
	}
	if repo.login != nil {
		req.SetBasicAuth(repo.login.user, repo.login.password)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, 0, plainError(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxPOM+1))
	if err != nil {
		return nil, 0, plainError(err)
	}
	if len(data) > maxPOM {
		return nil, 0, fmt.Errorf("an answer is larger than %d MiB", maxPOM>>20)
	}
	return data, resp.StatusCode, nil
}

// plainError leaves out the address, which may hold a secret.
func plainError(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}
