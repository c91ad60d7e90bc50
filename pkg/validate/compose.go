package validate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// compose applies f on t. What is tested and shipped is t with the edits that Compose returns, never the directory that
// it worked in.
func (v *search) compose(ctx context.Context, t tree, f fettle.Fix) (applied, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return applied{}, fmt.Errorf("fix %s: %w", f.ID, err)
	}
	key := t.key + "\x00" + string(text)
	c, known := v.set.composed[key]
	if !known {
		dir, err := v.bench(ctx, t)
		if err != nil {
			return applied{}, err
		}
		c.edits, c.moves, c.err = v.set.Compose.Compose(ctx, dir, f)
		if err := ctx.Err(); err != nil {
			return applied{}, err
		}
		var after tree
		if c.err == nil {
			after, c.err = t.edit(c.edits)
		}
		if c.err == nil {
			c.err = sameFiles(dir, after, c.edits)
		}
		v.benchKey = after.key
		if c.err != nil && !errors.Is(c.err, fettle.ErrRefused) {
			c.err = fmt.Errorf("%w: %w", errUnmade, c.err)
		}
		if c.err != nil {
			v.benchKey = "" // half done
		}
		v.set.composed[key] = c
	}
	if c.err != nil {
		return applied{}, c.err
	}
	after, err := t.edit(c.edits)
	if err != nil {
		return applied{}, err
	}
	if why := inScope(t, after, f, c.edits); why != "" {
		return applied{}, fmt.Errorf("%s: %w", why, fettle.ErrRefused)
	}
	if why := weakened(ctx, changesOf(t, after, c.edits)); why != "" {
		return applied{}, fmt.Errorf("it weakens the tests: %s: %w", why, fettle.ErrRefused)
	}
	return applied{fix: f, edits: c.edits, moves: c.moves, after: after}, nil
}

// bench returns the directory in which fixes are composed, holding t. The next fix on top of the last finds it ready.
func (v *search) bench(ctx context.Context, t tree) (string, error) {
	if v.benchDir != "" && v.benchKey == t.key {
		return v.benchDir, nil
	}
	if err := v.clearBench(); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(v.set.Temp, "compose-")
	if err != nil {
		return "", fmt.Errorf("make a work copy: %w", err)
	}
	v.benchDir, v.benchKey = dir, t.key
	return dir, t.copyTo(ctx, dir)
}

func (v *search) clearBench() error {
	dir := v.benchDir
	if v.benchDir = ""; dir == "" {
		return nil
	}
	return remove(dir)
}

// errUnmade marks a fix that could not be applied for a reason that is not the fix's: a registry that is down.
var errUnmade = errors.New("fix not applied")

// sameFiles checks that the composer's edits are what it did to the files that they name.
func sameFiles(dir string, after tree, edits []fettle.Edit) error {
	for _, e := range edits {
		want, err := after.read(e.Path)
		if err != nil {
			return err
		}
		got, err := readBelow(dir, e.Path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if got != want {
			return fmt.Errorf("the edits of %s are not what the package manager wrote: %w", e.Path, fettle.ErrRefused)
		}
	}
	return nil
}

// refused returns the verdict on a fix that err says cannot be applied.
func (v *search) refused(f fettle.Fix, err error) (fettle.Verdict, bool) {
	if errors.Is(err, errUnmade) {
		return skipped(oneLine(err.Error())), true
	}
	if !errors.Is(err, fettle.ErrRefused) {
		return fettle.Verdict{}, false
	}
	why := oneLine(err.Error())
	checks := []fettle.Check{{Name: "applies", Status: fettle.Failed, Detail: why}}
	return fettle.Verdict{Status: fettle.Failed, Checks: notReached(checks), Reason: "applies: " + why}, true
}
