package node

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// treeOf returns a lockfile of n packages, each of which needs up to three others, and its manifest.
func treeOf(name string, n int) files {
	var b, snapshots strings.Builder
	hash := strings.Repeat("A", 86)
	switch name {
	case "pnpm-lock.yaml":
		b.WriteString("lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      p0:\n        specifier: ^1.0.0\n        version: 1.0.0\n\npackages:\n")
		snapshots.WriteString("\nsnapshots:\n")
	case "yarn.lock":
		b.WriteString("# yarn lockfile v1\n\n")
	case "berry":
		b.WriteString("__metadata:\n  version: 8\n\n\"shop@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"shop@workspace:.\"\n  dependencies:\n    p0: \"npm:^1.0.0\"\n")
	case "bun.lock":
		b.WriteString("{\n\"lockfileVersion\": 1,\n\"workspaces\": {\"\": {\"name\": \"shop\", \"dependencies\": {\"p0\": \"^1.0.0\"}}},\n\"packages\": {\n")
	}
	for i := range n {
		var needs []int
		for _, j := range []int{2*i + 1, 2*i + 2, i + 7} {
			if j < n && (len(needs) < 2 || j > 2*i+2 || j < 2*i+1) {
				needs = append(needs, j)
			}
		}
		version := fmt.Sprintf("1.%d.0", i%100)
		list := func(format string) string {
			var parts []string
			for _, j := range needs {
				parts = append(parts, strings.NewReplacer("NAME", fmt.Sprintf("p%d", j), "VERSION", fmt.Sprintf("1.%d.0", j%100)).Replace(format))
			}
			return strings.Join(parts, "")
		}
		switch name {
		case "pnpm-lock.yaml":
			fmt.Fprintf(&b, "\n  p%d@%s:\n    resolution: {integrity: sha512-%s}\n    engines: {node: '>=10'}\n", i, version, hash)
			fmt.Fprintf(&snapshots, "\n  p%d@%s:", i, version)
			if len(needs) > 0 {
				snapshots.WriteString("\n    dependencies:" + list("\n      NAME: VERSION") + "\n")
			} else {
				snapshots.WriteString(" {}\n")
			}
		case "yarn.lock":
			fmt.Fprintf(&b, "\np%d@^1.0.0:\n  version \"%s\"\n  resolved \"https://registry.example/p%d/-/p%d-%s.tgz#%s\"\n  integrity sha512-%s\n", i, version, i, i, version, hash[:40], hash)
			if len(needs) > 0 {
				b.WriteString("  dependencies:\n" + list("    NAME \"^1.0.0\"\n"))
			}
		case "berry":
			fmt.Fprintf(&b, "\n\"p%d@npm:^1.0.0\":\n  version: %s\n  resolution: \"p%d@npm:%s\"\n", i, version, i, version)
			if len(needs) > 0 {
				b.WriteString("  dependencies:\n" + list("    NAME: \"npm:^1.0.0\"\n"))
			}
			fmt.Fprintf(&b, "  checksum: %s\n  languageName: node\n  linkType: hard\n", hash)
		case "bun.lock":
			fmt.Fprintf(&b, "\n\"p%d\": [\"p%d@%s\", \"\", {\"dependencies\": {%s}}, \"sha512-%s\"],\n", i, i, version, strings.TrimSuffix(list("\"NAME\": \"^1.0.0\", "), ", "), hash)
		}
	}
	b.WriteString(snapshots.String())
	if name == "bun.lock" {
		b.WriteString("}\n}\n")
	}
	if name == "berry" {
		name = "yarn.lock"
	}
	return files{"package.json": `{"name": "shop", "dependencies": {"p0": "^1.0.0"}}`, name: b.String()}
}

func BenchmarkReader(b *testing.B) {
	for _, kind := range []string{"pnpm-lock.yaml", "yarn.lock", "berry", "bun.lock"} {
		for _, n := range []int{100, 1_000, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", kind, n), func(b *testing.B) {
				tree := treeOf(kind, n)
				name := map[bool]string{true: "yarn.lock", false: kind}[kind == "berry"]
				all, err := project.OpenFiles(tree.Write(b))
				if err != nil {
					b.Fatal(err)
				}
				defer all.Close()
				b.SetBytes(int64(len(tree[name])))
				b.ReportAllocs()
				for b.Loop() {
					r, err := Reader{}.Read(b.Context(), all, []string{"package.json", name})
					if err != nil || len(r.Gaps) > 0 || len(r.Projects[0].Nodes) != n {
						b.Fatal(err, gapLines(r.Gaps))
					}
				}
			})
		}
	}
}

// BenchmarkWorkspace is a workspace of many members, whose packages are few.
func BenchmarkWorkspace(b *testing.B) {
	for _, n := range []int{10, 100, 1_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			tree := workspaceOf(n)
			all, err := project.OpenFiles(tree.Write(b))
			if err != nil {
				b.Fatal(err)
			}
			defer all.Close()
			claimed := []string{"package.json", "pnpm-lock.yaml"}
			for i := range n {
				claimed = append(claimed, fmt.Sprintf("packages/m%d/package.json", i))
			}
			for b.Loop() {
				r, err := Reader{}.Read(b.Context(), all, claimed)
				if err != nil || len(r.Gaps) > 0 || len(r.Projects[0].Nodes) != 1 || len(r.Projects[0].Nodes[0].Holders) != n {
					b.Fatal(err, gapLines(r.Gaps))
				}
			}
		})
	}
}

func workspaceOf(n int) files {
	tree := files{"package.json": "{}", "pnpm-workspace.yaml": "packages: ['packages/*']\n"}
	var b strings.Builder
	b.WriteString("lockfileVersion: '9.0'\nimporters:\n  .: {}\n")
	for i := range n {
		fmt.Fprintf(&b, "  packages/m%d:\n    dependencies:\n      a:\n        specifier: ^1.0.0\n        version: 1.0.0\n", i)
		tree[fmt.Sprintf("packages/m%d/package.json", i)] = needsA
	}
	b.WriteString("packages:\n  a@1.0.0: {resolution: {integrity: x}}\nsnapshots:\n  a@1.0.0: {}\n")
	tree["pnpm-lock.yaml"] = b.String()
	return tree
}

func TestAWorkspaceOfManyMembersIsOneProject(t *testing.T) {
	d := discover(t, workspaceOf(300).Write(t))
	wantGaps(t, d.Gaps)
	n := d.Inventory.Projects[0].Nodes[0]
	if len(d.Inventory.Projects) != 1 || len(n.Holders) != 300 || n.Manifest.Path != "packages/m0/package.json" {
		t.Errorf("node = %+v", n)
	}
}
