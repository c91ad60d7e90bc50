package git

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Time returns when commit was made.
func (r *Repo) Time(ctx context.Context, commit string) (time.Time, error) {
	out, err := r.output(ctx, nil, "log", "-1", "--format=%ct", "--end-of-options", commit, "--")
	if err != nil {
		return time.Time{}, err
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(out), 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("git log of %.12s: %q is no time", commit, out)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
