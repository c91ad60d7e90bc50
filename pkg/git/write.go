package git

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Change is the new content of one file of a commit.
type Change struct {
	Path    string
	Content []byte
}

// Write makes a commit on parent with the given changes and returns its id. It uses an index of its own at index, a path
// of a file that does not exist yet, and moves no branch: until Branch is called nobody sees the commit.
func (r *Repo) Write(ctx context.Context, index, parent string, changes []Change, message string) (string, error) {
	own := *r
	own.env = append(slices.Clone(r.env), "GIT_INDEX_FILE="+index)
	if _, err := own.output(ctx, nil, "read-tree", parent); err != nil {
		return "", err
	}
	for _, c := range changes {
		id, err := own.output(ctx, strings.NewReader(string(c.Content)), "hash-object", "-w", "--no-filters", "--stdin")
		if err != nil {
			return "", err
		}
		listed, err := own.output(ctx, nil, "ls-files", "--stage", "-z", "--", c.Path)
		if err != nil {
			return "", err
		}
		mode := "100644"
		if listed != "" {
			mode, _, _ = strings.Cut(listed, " ")
		}
		if !strings.HasPrefix(mode, "100") || strings.Count(listed, "\x00") > 1 {
			return "", fmt.Errorf("write %s on commit %.12s: it is a folder or a link there", c.Path, parent)
		}
		info := fmt.Sprintf("%s,%s,%s", mode, strings.TrimSpace(id), c.Path)
		if _, err := own.output(ctx, nil, "update-index", "--add", "--cacheinfo", info); err != nil {
			return "", err
		}
	}
	tree, err := own.output(ctx, nil, "write-tree")
	if err != nil {
		return "", err
	}
	args := []string{"commit-tree", "-p", parent, "-F", "-"}
	if out, err := own.output(ctx, nil, "config", "--type=bool", "--get", "commit.gpgSign"); err == nil && strings.TrimSpace(out) == "true" {
		args = append(args, "-S")
	}
	if own.anonymous(ctx) {
		own.env = append(own.env, "GIT_AUTHOR_NAME=fettle", "GIT_AUTHOR_EMAIL=fettle@localhost",
			"GIT_COMMITTER_NAME=fettle", "GIT_COMMITTER_EMAIL=fettle@localhost")
	}
	commit, err := own.output(ctx, strings.NewReader(message), append(args, strings.TrimSpace(tree))...)
	if err != nil && slices.Contains(args, "-S") {
		return "", fmt.Errorf("sign the commit, as commit.gpgSign asks; a program that only the repository's own configuration names is not run: %w", err)
	}
	return strings.TrimSpace(commit), err
}

// anonymous reports whether git knows no name for the committer.
func (r *Repo) anonymous(ctx context.Context) bool {
	strict := *r
	strict.config = append(slices.Clone(r.config), setting{"user.useConfigOnly", "true"})
	_, err := strict.output(ctx, nil, "var", "GIT_COMMITTER_IDENT")
	return err != nil
}

// SetBranch points branch at commit in one step. old is the commit that it points at now, "" where it must not exist yet;
// anything else in its place is an error and changes nothing.
func (r *Repo) SetBranch(ctx context.Context, branch, commit, old string) error {
	ref := "refs/heads/" + branch
	if _, err := r.output(ctx, nil, "check-ref-format", ref); err != nil || strings.HasPrefix(branch, "-") {
		return fmt.Errorf("%q is not a name for a branch", branch)
	}
	trees, err := r.output(ctx, nil, "worktree", "list", "--porcelain")
	if err != nil {
		return err
	}
	if slices.Contains(strings.Split(trees, "\n"), "branch "+ref) {
		return fmt.Errorf("the branch %s is checked out, and moving it would leave its files behind", branch)
	}
	if old == "" {
		old = strings.Repeat("0", len(commit))
	}
	_, err = r.output(ctx, nil, "update-ref", "--no-deref", "-m", "fettle: fix", ref, commit, old)
	return err
}

// Branches returns the commit of each branch whose name begins with prefix.
func (r *Repo) Branches(ctx context.Context, prefix string) (map[string]string, error) {
	out, err := r.output(ctx, nil, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads/")
	if err != nil {
		return nil, err
	}
	heads := map[string]string{}
	for _, line := range strings.Split(out, "\n") {
		name, id, ok := strings.Cut(line, " ")
		if ok && strings.HasPrefix(name, prefix) {
			heads[name] = id
		}
	}
	return heads, nil
}

// SameTree reports whether two commits hold the same files.
func (r *Repo) SameTree(ctx context.Context, a, b string) (bool, error) {
	out, err := r.output(ctx, nil, "rev-parse", "--verify", "--end-of-options", a+"^{tree}")
	if err != nil {
		return false, err
	}
	other, err := r.output(ctx, nil, "rev-parse", "--verify", "--end-of-options", b+"^{tree}")
	return out == other, err
}
