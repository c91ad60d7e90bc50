package differential

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// edge is one thing in which scanners are known to differ: an entry of the lockfile and a record about it.
type edge struct {
	cause    string // what the golden file says of it
	entry    string // of the packages section
	name     string // of the package in the record
	affected string // the rest of the affected entry
	more     string // of the record
}

// whys are the reasons for which the two differ.
var whys = map[string]string{
	"a range of commits before that of versions": "osv-scanner looks no further than a range of commits",
	"a key in another case":                      "encoding/json takes Version for version, which npm does not",
	"a field that the schema does not have":      "osv-scanner drops the whole record without a word",
	"a workspace member of an affected name":     "fettle looks at what is installed; this is the project's own code",
}

const upTo2 = `"ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "2.0.0"}]}]`

var edges = []edge{
	{"plain", `"node_modules/plain": {"version": "1.0.0", "resolved": "https://registry.example/plain/-/plain-1.0.0.tgz"}`, "plain", upTo2, ""},
	{"an entry without resolved", `"node_modules/bare": {"version": "1.0.0"}`, "bare", upTo2, ""},
	{"a range of commits before that of versions", `"node_modules/commits": {"version": "1.0.0"}`, "commits",
		`"ranges": [{"type": "GIT", "repo": "https://code.example/x", "events": [{"introduced": "0"}]}, {"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "2.0.0"}]}]`, ""},
	{"listed, outside of all ranges", `"node_modules/listed": {"version": "3.0.0"}`, "listed", upTo2 + `, "versions": ["3.0.0"]`, ""},
	{"events in falling order", `"node_modules/order": {"version": "1.5.0"}`, "order",
		`"ranges": [{"type": "SEMVER", "events": [{"introduced": "3.0.0"}, {"fixed": "2.0.0"}, {"introduced": "1.0.0"}]}]`, ""},
	{"last_affected", `"node_modules/last": {"version": "1.0.0"}`, "last", `"ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"last_affected": "1.0.0"}]}]`, ""},
	{"a pre-release of the fix", `"node_modules/pre": {"version": "2.0.0-beta.1"}`, "pre", upTo2, ""},
	{"an alias", `"node_modules/other": {"name": "aliased", "version": "1.0.0"}`, "aliased", upTo2, ""},
	{"an alias of the name that the record is about", `"node_modules/shadow": {"name": "innocent", "version": "1.0.0"}`, "shadow", upTo2, ""},
	{"bundled", `"node_modules/plain/node_modules/bundled": {"version": "1.0.0", "inBundle": true}`, "bundled", upTo2, ""},
	{"in a folder of a dependency", `"node_modules/plain/lib/inner": {"name": "inner", "version": "1.0.0"}`, "inner", upTo2, ""},
	{"for development", `"node_modules/dev": {"version": "1.0.0", "dev": true}`, "dev", upTo2, ""},
	{"a key in another case", `"node_modules/case": {"version": "1.0.0", "Version": "9.0.0"}`, "case", upTo2, ""},
	{"withdrawn", `"node_modules/withdrawn": {"version": "1.0.0"}`, "withdrawn", upTo2, `"withdrawn": "2024-01-02T03:04:05Z", `},
	{"a field that the schema does not have", `"node_modules/unknown": {"version": "1.0.0"}`, "unknown", upTo2, `"x_new": 1, `},
	{"a version with a v", `"node_modules/vee": {"version": "v1.0.0"}`, "vee", upTo2, ""},
	{"from a repository", `"node_modules/repo": {"version": "1.0.0", "resolved": "git+ssh://git@code.example/a/repo.git#0123456789012345678901234567890123456789"}`, "repo", upTo2, ""},
	{"a workspace member of an affected name", `"packages/member": {"name": "member", "version": "1.0.0"}`, "member", upTo2, ""},
}

func TestEdges(t *testing.T) {
	dir := t.TempDir()
	var entries, records []string
	for i, e := range edges {
		entries = append(entries, "    "+e.entry)
		records = append(records, fmt.Sprintf(`{"schema_version": "1.6.0", "id": "EDGE-%d", "modified": "2024-01-02T03:04:05Z", %s"affected": [{"package": {"ecosystem": "npm", "name": %q}, %s}]}`, i, e.more, e.name, e.affected))
	}
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	write("package-lock.json", "{\"lockfileVersion\": 3, \"packages\": {\n    \"\": {},\n"+strings.Join(entries, ",\n")+"\n}}\n")
	all := func([]byte) bool { return true } // dropping some is one of the edges
	c := newCorpus(t, all, write("records.jsonl", strings.Join(records, "\n")))
	ours, theirs := scanFettle(t, c, dir).hits, scanOther(t, c, dir).hits
	found := func(list []hit, i int) string {
		for _, h := range list {
			if strings.Contains(h.ids, fmt.Sprintf(" EDGE-%d ", i)) {
				return "found"
			}
		}
		return "-"
	}
	var b strings.Builder
	for i, e := range edges {
		line := fmt.Sprintf("fettle %-6s osv-scanner %-6s %s", found(ours, i), found(theirs, i), e.cause)
		if (found(ours, i) == found(theirs, i)) != (whys[e.cause] == "") {
			t.Errorf("%s: want a reason where the two differ, and only there", line)
		}
		if why := whys[e.cause]; why != "" {
			line += ": " + why
		}
		fmt.Fprintln(&b, line)
	}
	golden(t, "edges.txt", b.String())
}
