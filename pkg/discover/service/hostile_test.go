package service_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/discover/service"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestHostileFilesAreGapsAndNothingHangs(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for _, c := range "bcdefghijklm" {
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+",", 10) + "]\n"
	}
	for _, tt := range []struct{ name, file, text, gap string }{
		{"aliases of aliases", "compose.yaml", bomb + "services: {}\n", "compose.yaml:1: more than 300000 values"},
		{"an alias of itself", "compose.yaml", "services: &a\n  x: {y: *a}\n", "compose.yaml:2: "},
		{"nested lists", "compose.yaml", "services: " + strings.Repeat("[", 100_000), "compose.yaml:1: more than 200 brackets"},
		{"nested blocks", "compose.yaml", "services:\n" + nestedBlocks(150), "compose.yaml:102: nested deeper"},
		{"a large file", "docker-compose.yml", "services: {}\n#" + strings.Repeat("x", 5<<20), "docker-compose.yml: larger than"},
		{"a large manifest", "k.yaml", "apiVersion: v1\nkind: Service\n#" + strings.Repeat("x", 5<<20), "k.yaml: larger than"},
		{"a binary file", "compose.yml", "services:\x00", "compose.yml: is not text"},
		{"nested brackets of HCL", "a.tf", "a = " + strings.Repeat("(", 250_000), "a.tf:1: nested too deep"},
		{"operators of HCL", "a.tf", "a = " + strings.Repeat("! ", 200_000) + "1\n", "a.tf:1: nested too deep"},
		{"conditions of HCL", "a.tf", "a = " + strings.Repeat("b?c:", 100_000) + "1\n", "a.tf:1: nested too deep"},
		{"templates of HCL", "a.tf", "a = \"" + strings.Repeat("%{if a}", 50_000) + "\"\n", "a.tf: not written as"},
		{"splats of HCL", "a.tf", "a = b" + strings.Repeat("[*]", 100_000) + "\n", "a.tf: not written as"},
		{"name spaces of HCL", "a.tf", "a = b" + strings.Repeat("::c", 100_000) + "(1)\n", "a.tf: not written as"},
		{"variables of variables", "a.tf", hclBomb(), ""},
		{"many values", "k.yaml", "apiVersion: v1\nkind: Pod\nx: [" + strings.Repeat("a,", 400_000) + "]\n", "k.yaml:3: more than 300000 values"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			found := discover(t, with(two, tt.file, tt.text))
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
			if tt.gap == "" {
				projecttest.WantGaps(t, found.Gaps)
				return
			}
			projecttest.WantGaps(t, found.Gaps, tt.gap)
		})
	}
}

func nestedBlocks(n int) string {
	var text strings.Builder
	for i := range n {
		text.WriteString(strings.Repeat(" ", i+1) + "a:\n")
	}
	return text.String()
}

// hclBomb is variables that each hold the one before a hundred times.
func hclBomb() string {
	text := "locals {\n  v0 = []\n"
	for i := range 12 {
		text += fmt.Sprintf("  v%d = [%s]\n  m%d = merge(%s)\n", i+1, strings.Repeat(fmt.Sprintf("local.v%d,", i), 100), i+1, strings.Repeat(fmt.Sprintf("local.m%d,", i), 100)+"{}")
	}
	return text + "}\nresource \"aws_security_group\" \"x\" {\n  ingress { cidr_blocks = local.v12 }\n  tags = local.m12\n}\n"
}

func TestManyOfEachKindEndInTime(t *testing.T) {
	var manifests, compose, docker strings.Builder
	compose.WriteString("services:\n")
	for i := range 1000 {
		manifests.WriteString(strings.ReplaceAll(deployment("cart"), "name: cart", fmt.Sprintf("name: w%d", i)))
		manifests.WriteString(strings.Replace(clusterService("cart", "type: ClusterIP"), "name: cart", fmt.Sprintf("name: s%d", i%7), 1))
		fmt.Fprintf(&compose, "  s%d: {build: services/u%d, image: x%d}\n", i, i, i)
		fmt.Fprintf(&docker, "COPY %s x\n", strings.Repeat(fmt.Sprintf("services/u%d ", i), 20))
	}
	tree := projecttest.Tree{"k.yaml": manifests.String(), "compose.yaml": compose.String(), "Dockerfile": "FROM x\n" + docker.String()}
	for i := range 1000 {
		tree[fmt.Sprintf("services/u%d/package.json", i)] = "{}"
	}
	dir := tree.Write(t)
	start := time.Now()
	if _, err := (service.Reader{}).Discover(t.Context(), fettle.Repo{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}
