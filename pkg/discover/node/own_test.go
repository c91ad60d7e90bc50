package node

import "testing"

// The member packages/b has the name of what the package a, which is from a registry, needs.
func TestAFolderThatStandsInForAReleaseIsAGap(t *testing.T) {
	const member = "{\"name\": \"b\", \"version\": \"1.5.0\"}"
	const root = "{\"workspaces\": [\"packages/*\"],\n\"dependencies\": {\"a\": \"^1.0.0\"}}"
	for name, tree := range map[string]files{
		"npm": {"package-lock.json": "{\"lockfileVersion\": 3, \"packages\": {\n\"\": {\"workspaces\": [\"packages/*\"], \"dependencies\": {\"a\": \"^1.0.0\"}},\n\"node_modules/a\": {\"version\": \"1.0.0\", \"dependencies\": {\"b\": \"^1.0.0\"}},\n\"node_modules/b\": {\"resolved\": \"packages/b\", \"link\": true},\n\"packages/b\": {\"name\": \"b\", \"version\": \"1.5.0\"}}}"},
		"pnpm": {"pnpm-workspace.yaml": "packages: [packages/*]",
			"pnpm-lock.yaml": "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a: {specifier: ^1.0.0, version: 1.0.0}\n  packages/b: {}\npackages:\n  a@1.0.0: {}\nsnapshots:\n  a@1.0.0:\n    dependencies:\n      b: link:packages/b\n"},
		"Yarn 1": {"yarn.lock": "a@^1.0.0:\n  version \"1.0.0\"\n  dependencies:\n    b \"^1.0.0\"\n"},
		"Yarn 4": {"yarn.lock": "__metadata:\n  version: 8\n\"a@npm:^1.0.0\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n  dependencies:\n    b: \"npm:^1.0.0\"\n\"b@npm:^1.0.0, b@workspace:packages/b\":\n  version: 0.0.0-use.local\n  resolution: \"b@workspace:packages/b\"\n\"shop@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"shop@workspace:.\"\n  dependencies:\n    a: \"npm:^1.0.0\"\n"},
		"Bun":    {"bun.lock": "{\"lockfileVersion\": 1, \"workspaces\": {\"\": {\"dependencies\": {\"a\": \"^1.0.0\"}}, \"packages/b\": {\"name\": \"b\"}}, \"packages\": {\n\"a\": [\"a@1.0.0\", \"\", {\"dependencies\": {\"b\": \"^1.0.0\"}}, \"\"],\n\"b\": [\"b@workspace:packages/b\"]}}"},
	} {
		t.Run(name, func(t *testing.T) {
			tree["package.json"], tree["packages/b/package.json"] = root, member
			d := discover(t, tree.Write(t))
			p := d.Inventory.Projects[0]
			line := map[string]string{"npm": "3", "pnpm": "12", "Yarn 1": "1", "Yarn 4": "7", "Bun": "2"}[name]
			spec := map[bool]string{true: "npm:^1.0.0", false: "^1.0.0"}[name == "Yarn 4"]
			if name == "pnpm" {
				spec = "link:packages/b"
			}
			wantGaps(t, d.Gaps, p.Lockfile+":"+line+": a asks for b "+spec+" and gets the folder \"packages/b\" of this repository, which was not compared with the advisories")
			if len(p.Nodes) != 1 || p.Nodes[0].Name != "a" {
				t.Errorf("nodes = %v", nodeLines(p))
			}
		})
	}
}
