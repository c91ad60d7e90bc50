package differential

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// declared are requirements that name no exact version, each with what the two make of it.
var declared = []struct{ line, why string }{
	{"exact==1.0", ""},
	{"least>=1.0", "osv-scanner takes the bound for the version; pip installs the newest, which fettle cannot know: a gap, with what is known of the bound"},
	{"near~=1.0", "osv-scanner takes the bound for the version; pip installs the newest, which fettle cannot know: a gap, with what is known of the bound"},
	{"most<=1.0", "osv-scanner takes the bound for the version; pip installs the newest, which fettle cannot know: a gap, with what is known of the bound"},
	{"above>1.0", ""},
	{"any", ""},
}

// A requirement without an exact version is a gap of fettle's, whatever osv-scanner takes for its version.
func TestRanges(t *testing.T) {
	dir := t.TempDir()
	var lines, records []string
	for i, d := range declared {
		name := strings.FieldsFunc(d.line, func(r rune) bool { return strings.ContainsRune("=<>~", r) })[0]
		lines = append(lines, d.line)
		records = append(records, fmt.Sprintf(`{"schema_version": "1.6.0", "id": "RANGE-%d", "modified": "2024-01-02T03:04:05Z", "affected": [{"package": {"ecosystem": "PyPI", "name": %q}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}]}]}`, i, name))
	}
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	write("requirements.txt", strings.Join(lines, "\n")+"\n")
	c := newCorpus(t, func([]byte) bool { return true }, write("records.jsonl", strings.Join(records, "\n")))
	ours, theirs := scanFettle(t, c, dir), scanOther(t, c, dir)
	found := func(list []hit, i int) bool {
		for _, h := range list {
			if strings.Contains(h.ids, fmt.Sprintf(" RANGE-%d ", i)) {
				return true
			}
		}
		return false
	}
	word := map[bool]string{true: "found", false: "-"}
	var b strings.Builder
	for i, d := range declared {
		us, them := found(ours.hits, i), found(theirs.hits, i)
		if (us == them) != (d.why == "") {
			t.Errorf("%s: fettle %s, osv-scanner %s; want a reason where the two differ, and only there", d.line, word[us], word[them])
		}
		line := fmt.Sprintf("fettle %-6s osv-scanner %-6s %s", word[us], word[them], d.line)
		if d.why != "" {
			line += ": " + d.why
		}
		fmt.Fprintln(&b, line)
	}
	golden(t, "ranges.txt", b.String())
}
