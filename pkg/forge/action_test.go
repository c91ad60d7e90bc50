package forge

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

func readAction(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The action has no logic: each input is a flag of the same name. It asks for no token, since nothing it does needs one.
func TestActionHandsEachInputToTheFlagOfItsName(t *testing.T) {
	var action struct {
		Inputs map[string]struct{ Description string }
		Runs   struct {
			Using, Image string
			Args         []string
			Env          map[string]any
		}
	}
	if err := yaml.Unmarshal(readAction(t), &action); err != nil {
		t.Fatal(err)
	}
	want := []string{}
	for name, input := range action.Inputs {
		if input.Description == "" {
			t.Errorf("input %s has no description", name)
		}
		want = append(want, "--"+name+"=${{ inputs."+name+" }}")
	}
	slices.Sort(want)
	got := slices.Clone(action.Runs.Args)
	if len(got) == 0 || got[0] != "ci" {
		t.Fatalf("args are %q; want ci first", got)
	}
	got = got[1:]
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := string(readAction(t)); strings.Contains(text, "token") || len(action.Runs.Env) > 0 {
		t.Errorf("the action asks for a token or sets variables: %v", action.Runs.Env)
	}
}

func TestActionFollowsTheOfficialSchema(t *testing.T) {
	const path = "../../../shared/data/schemas/github-action.json"
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skip("the schema is not here")
	}
	schema, err := jsonschema.NewCompiler().Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	var action any
	if err := yaml.Unmarshal(readAction(t), &action); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(action); err != nil {
		t.Error(err)
	}
}
