package git

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

func TestACommitHasATime(t *testing.T) {
	dir := newRepo(t, file{path: "a", text: "a"})
	r := open(t, dir)
	got, err := r.Time(context.Background(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.output(context.Background(), nil, "show", "-s", "--format=%ct", "HEAD")
	if want := strings.TrimSpace(out); err != nil || fmt.Sprint(got.Unix()) != want {
		t.Errorf("%v, want %s, %v", got, want, err)
	}
	if _, err := r.Time(context.Background(), "gone"); err == nil {
		t.Error("what is no commit has a time")
	}
}
