package correlate

import (
	"os"
	"strings"
	"testing"
)

func TestTheExampleOfThePageLoads(t *testing.T) {
	page, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, ok := strings.Cut(string(page), "```yaml\ncontext:")
	if !ok {
		t.Fatal("docs/policy.md has no example of a context")
	}
	block, _, _ = strings.Cut(block, "```")
	c, err := load("context:" + block)
	if err != nil {
		t.Fatal(err)
	}
	if c.Exposure == "" || len(c.Data) == 0 || c.Criticality == "" || c.Environment == "" || c.Lifecycle == "" || c.Owner == "" || len(c.Regimes) == 0 || len(c.Paths) == 0 {
		t.Errorf("the example leaves a key out: %+v", c)
	}
}
