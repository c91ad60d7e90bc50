package deliver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/git"
)

// committer writes commits that no branch holds yet, and branches.
type committer interface {
	File(ctx context.Context, commit, path string) ([]byte, error)
	Write(ctx context.Context, index, parent string, changes []git.Change, message string) (string, error)
	SetBranch(ctx context.Context, branch, commit, old string) error
	Branches(ctx context.Context, prefix string) (map[string]string, error)
	SameTree(ctx context.Context, a, b string) (bool, error)
}

// Branch commits the fixes that ship to a new branch, one commit each. The branch appears in one step, after all of its
// commits are written; the work tree, the index and every other branch stay as they are.
type Branch struct {
	Git  committer
	Name string // of the branch; where that holds something else already, a number is added
	Temp string // an existing folder for the index of the commits

	Made    string            // the branch that holds the fixes; "" where none ships
	Commits int               // on it
	Reused  bool              // an earlier run made the same
	IDs     map[string]string // takes the commit of each fix, by Fix.ID; nil takes none, and a reused branch gives none
}

// Deliver makes the branch on r.Commit.
func (b *Branch) Deliver(ctx context.Context, r fettle.Report) error {
	if r.Trial == nil || len(r.Trial.Shipped) == 0 {
		return nil
	}
	tip := r.Commit
	texts, ids := map[string]string{}, map[string]string{}
	for i, step := range r.Trial.Shipped {
		changes, err := b.changes(ctx, r.Commit, texts, step.Edits)
		if err != nil {
			return fmt.Errorf("commit %d of %d: %w", i+1, len(r.Trial.Shipped), err)
		}
		index, err := os.MkdirTemp(b.Temp, "index-")
		if err != nil {
			return err
		}
		tip, err = b.Git.Write(ctx, index+"/index", tip, changes, message(r, step))
		os.RemoveAll(index)
		if err != nil {
			return fmt.Errorf("commit %d of %d: %w", i+1, len(r.Trial.Shipped), err)
		}
		ids[step.Fix] = tip
	}
	if err := b.place(ctx, tip); err != nil {
		return err
	}
	b.Commits = len(r.Trial.Shipped)
	if b.IDs != nil && !b.Reused {
		maps.Copy(b.IDs, ids)
	}
	return nil
}

// place gives the commits a branch: the one named if it is free or holds the same files already, else the next number.
func (b *Branch) place(ctx context.Context, tip string) error {
	taken, err := b.Git.Branches(ctx, b.Name)
	if err != nil {
		return err
	}
	name := b.Name
	for n := 2; taken[name] != ""; n++ {
		same, err := b.Git.SameTree(ctx, taken[name], tip)
		if err != nil {
			return err
		}
		if same {
			b.Made, b.Reused = name, true
			return nil
		}
		name = fmt.Sprintf("%s-%d", b.Name, n)
	}
	if err := b.Git.SetBranch(ctx, name, tip, ""); err != nil {
		return fmt.Errorf("make the branch %s: %w", name, err)
	}
	b.Made = name
	return nil
}

// changes applies one step's edits to texts, which holds the files as the steps before left them.
func (b *Branch) changes(ctx context.Context, base string, texts map[string]string, edits []fettle.Edit) ([]git.Change, error) {
	byPath := map[string][]fettle.Edit{}
	for _, e := range edits {
		byPath[e.Path] = append(byPath[e.Path], e)
	}
	var changes []git.Change
	for path, list := range byPath {
		if _, ok := texts[path]; !ok {
			data, err := b.Git.File(ctx, base, path)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, err
			}
			texts[path] = string(data)
		}
		text, err := fettle.ApplyEdits(texts[path], list)
		if err != nil {
			return nil, err
		}
		texts[path] = text
		changes = append(changes, git.Change{Path: path, Content: []byte(text)})
	}
	slices.SortFunc(changes, func(x, y git.Change) int { return strings.Compare(x.Path, y.Path) })
	return changes, nil
}
