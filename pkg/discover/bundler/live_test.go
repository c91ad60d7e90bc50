package bundler

import (
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// With FETTLE_LIVE=1 the Bundler that is installed runs the Gemfile of the fixture and is asked for what the list holds.
func TestBundlerItselfAgrees(t *testing.T) {
	if os.Getenv("FETTLE_LIVE") != "1" {
		t.Skip("FETTLE_LIVE is not 1")
	}
	if _, err := exec.LookPath("ruby"); err != nil {
		t.Skip("ruby is not installed")
	}
	cmd := exec.CommandContext(t.Context(), "ruby", "../ask.rb")
	cmd.Dir = "testdata/shop"
	got, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/shop/bundler.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}
