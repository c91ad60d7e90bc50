package validate

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func TestWhatMayRunDependsOnWhatIsHeldAndWhatIsInReach(t *testing.T) {
	weak, strong := []sandbox.Strength{sandbox.Memory, sandbox.Secrecy}, []sandbox.Strength{sandbox.Memory, sandbox.Disk, sandbox.Services}
	tests := []struct {
		name    string
		s       Strictness
		missing []sandbox.Strength
		secrets []string
		want    string // what the reason names; "" is that it may run
	}{
		{"the default with nothing to lose", "", weak, nil, ""},
		{"the default with a token", "", weak, []string{"GITHUB_TOKEN"}, "does not hold secrets and secrets are in reach (GITHUB_TOKEN)"},
		{"the default where all is kept out", Secrets, strong, []string{"GITHUB_TOKEN"}, ""},
		{"strict with nothing to lose", Strict, weak, nil, "does not hold secrets, so nothing"},
		{"strict where all is kept out", Strict, strong, []string{"A"}, ""},
		{"lenient", Lenient, weak, []string{"A"}, ""},
		{"many secrets", Secrets, weak, []string{"A", "B", "C", "D", "E"}, "(A, B, C and 2 more)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.s.Forbids(test.missing, test.secrets)
			if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	var c Config
	if err := yaml.Unmarshal([]byte("sandbox: weak\n"), &c); err == nil || !strings.Contains(err.Error(), "want secrets, strict or lenient") {
		t.Errorf("an unknown word: %v", err)
	}
}
