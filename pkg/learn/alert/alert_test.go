package alert

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

const denial = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"

func load(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAlertsOfDependabotAreRead(t *testing.T) {
	got, err := Read("alerts.json", load(t, "dependabot.json"))
	if err != nil || len(got.Faults) > 0 {
		t.Fatal(err, got.Faults)
	}
	want := []Alert{
		{ID: "github owner/app dependabot 7", Source: "dependabot", State: Dismissed, Reason: NotUsed, Day: "2025-03-04", When: at("2025-03-04T05:06:07Z"), By: "ann",
			Rule: "CVE-2025-0007", Aliases: []string{"CVE-2025-0007", "GHSA-aaaa-bbbb-cccc"}, Ecosystem: "npm", Package: "left-lib", Path: "web/package-lock.json",
			Scope: "development", CWEs: []string{"CWE-1333"}, Vectors: []string{denial}, Rating: "medium"},
		{ID: "github owner/app dependabot 8", Source: "dependabot", State: Fixed, Day: "2025-03-05", When: at("2025-03-05T01:00:00Z"), Rule: "GHSA-dddd-eeee-ffff",
			Aliases: []string{"GHSA-dddd-eeee-ffff"}, Ecosystem: "PyPI", Package: "right-lib", Path: "requirements.txt", Scope: "production", Rating: "critical"},
	}
	if diff := cmp.Diff(want, got.Alerts, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestTheCSVExportOfGitLabIsRead(t *testing.T) {
	want := []Alert{
		{ID: "gitlab 101", Source: "gitlab", State: Dismissed, Reason: NotUsed, Day: "2025-03-04", When: at("2025-03-04T05:06:07Z"), By: "ann", Rule: "CVE-2025-0007",
			Aliases: []string{"CVE-2025-0007", "GHSA-aaaa-bbbb-cccc"}, Package: "left-lib", Version: "1.0.0", Path: "web/package-lock.json", CWEs: []string{"CWE-1333"},
			Vectors: []string{denial}, Rating: "high"},
		{ID: "gitlab 102", Source: "gitlab", State: Fixed, Day: "2025-03-05", When: at("2025-03-05T05:06:07Z"), By: "bob", Rule: "Text in pages", Path: "web/page.js",
			CWEs: []string{"CWE-79"}, Rating: "medium"},
		{ID: "gitlab 103", Source: "gitlab", State: Open, Day: "2025-03-01", When: at("2025-03-01T00:00:00Z"), Rule: "Text in pages", Path: "web/page.js",
			CWEs: []string{"CWE-79"}, Rating: "low"},
	}
	text := string(load(t, "gitlab.csv"))
	for name, text := range map[string]string{"as it is": text, "with a byte order mark": "\uFEFF" + text, "with Windows lines": strings.ReplaceAll(text, "\n", "\r\n")} {
		got, err := Read("report.csv", []byte(text))
		if err != nil || len(got.Faults) > 0 {
			t.Fatal(name, err, got.Faults)
		}
		if diff := cmp.Diff(want, got.Alerts, cmpopts.EquateEmpty()); diff != "" {
			t.Error(name, diff)
		}
	}
}

// One alert of each kind, with the part that says what became of it left open.
const (
	dependabotText = `{"number": 3, "dependency": {"package": {"ecosystem": "go", "name": "mod.example/a"}, "scope": "runtime"},
 "security_advisory": {"ghsa_id": "GHSA-1"}, "updated_at": "2025-01-02T00:00:00Z", "url": "https://api.forge.example/repos/o/r/dependabot/alerts/3", REST}`
	scanningText = `{"number": 4, "rule": {"id": "js/text", "tags": ["security", "external/cwe/cwe-079"], "security_severity_level": "high"},
 "most_recent_instance": {"ref": "refs/heads/main", "location": {"path": "web/a.js"}, "classifications": []},
 "updated_at": "2025-01-02T00:00:00Z", "html_url": "https://forge.example/o/r/security/code-scanning/4", REST}`
	nodeText = `{"id": "gid://gitlab/Vulnerability/5", "reportType": "SAST", "title": "T", "severity": "LOW", "updatedAt": "2025-01-02T00:00:00Z",
 "identifiers": [{"externalType": "cwe", "externalId": "79", "name": "CWE-79"}, {"externalType": "cve", "externalId": "CVE-1"}], "cvss": [{"vector": "V"}],
 "location": {"file": "a.lock", "dependency": {"package": {"name": "p"}, "version": "1"}}, REST}`
	recordText = `{"id": 6, "report_type": "sast", "title": "T", "severity": "low", "updated_at": "2025-01-02T00:00:00Z",
 "finding": {"raw_metadata": "{\"location\":{\"file\":\"b.lock\",\"dependency\":{\"package\":{\"name\":\"q\"}}},\"identifiers\":[{\"type\":\"cve\",\"value\":\"CVE-2\"}]}"}, REST}`
)

func TestWhatBecameOfAnAlert(t *testing.T) {
	type fate struct {
		ID     string
		State  State
		Reason Reason
		By     string
		Bot    bool
	}
	tests := []struct {
		text, rest string
		want       fate
	}{
		{dependabotText, `"state": "open"`, fate{"github o/r dependabot 3", Open, "", "", false}},
		{dependabotText, `"state": "auto_dismissed", "auto_dismissed_at": "2025-01-03T00:00:00Z"`, fate{"github o/r dependabot 3", Automatic, "", "", false}},
		{dependabotText, `"state": "dismissed", "dismissed_reason": "fix_started", "dismissed_by": {"login": "ann"}`, fate{"github o/r dependabot 3", Dismissed, FixStarted, "ann", false}},
		{dependabotText, `"state": "dismissed", "dismissed_reason": "inaccurate", "dismissed_by": {"login": "x", "type": "Bot"}`, fate{"github o/r dependabot 3", Dismissed, Inaccurate, "x", true}},
		{dependabotText, `"state": "dismissed", "dismissed_reason": "no_bandwidth", "dismissed_by": {"login": "helper[bot]", "type": "User"}`, fate{"github o/r dependabot 3", Dismissed, NoBandwidth, "helper[bot]", true}},
		{dependabotText, `"state": "dismissed", "dismissed_reason": "tolerable_risk", "dismissed_by": null`, fate{"github o/r dependabot 3", Dismissed, TolerableRisk, "", false}},
		{scanningText, `"state": "dismissed", "dismissed_reason": "false positive", "dismissed_by": {"login": "ann", "type": "User"}`, fate{"github o/r code-scanning 4", Dismissed, Inaccurate, "ann", false}},
		{scanningText, `"state": "dismissed", "dismissed_reason": "won't fix", "dismissed_by": {"login": "ann"}`, fate{"github o/r code-scanning 4", Dismissed, WontFix, "ann", false}},
		{scanningText, `"state": "dismissed", "dismissed_reason": "used in tests", "dismissed_by": {"login": "ann"}`, fate{"github o/r code-scanning 4", Dismissed, NotUsed, "ann", false}},
		{scanningText, `"state": "fixed", "fixed_at": "2025-01-03T00:00:00Z"`, fate{"github o/r code-scanning 4", Fixed, "", "", false}},
		{nodeText, `"state": "DETECTED"`, fate{"gitlab 5", Open, "", "", false}},
		{nodeText, `"state": "CONFIRMED"`, fate{"gitlab 5", Open, "", "", false}},
		{nodeText, `"state": "DISMISSED", "dismissalReason": "FALSE_POSITIVE", "dismissedBy": {"username": "ann", "bot": false}`, fate{"gitlab 5", Dismissed, Inaccurate, "ann", false}},
		{nodeText, `"state": "DISMISSED", "dismissalReason": "ACCEPTABLE_RISK", "dismissedBy": {"username": "x", "bot": true}`, fate{"gitlab 5", Dismissed, TolerableRisk, "x", true}},
		{nodeText, `"state": "DISMISSED", "dismissalReason": "MITIGATING_CONTROL", "dismissedBy": {"username": "project_12_bot_ab"}`, fate{"gitlab 5", Dismissed, Mitigated, "project_12_bot_ab", true}},
		{nodeText, `"state": "DISMISSED", "dismissalReason": "USED_IN_TESTS"`, fate{"gitlab 5", Dismissed, NotUsed, "", false}},
		{nodeText, `"state": "DISMISSED", "dismissalReason": null`, fate{"gitlab 5", Dismissed, "", "", false}},
		{nodeText, `"state": "RESOLVED", "resolvedBy": {"username": "bob"}`, fate{"gitlab 5", Fixed, "", "bob", false}},
		{nodeText, `"state": "RESOLVED", "resolvedBy": null`, fate{"gitlab 5", Fixed, "", "", false}},
		{recordText, `"state": "dismissed", "dismissal_reason": "not_applicable", "dismissed_by_id": 9`, fate{"gitlab 6", Dismissed, NotUsed, "user 9", false}},
		{recordText, `"state": "resolved", "resolved_by_id": null`, fate{"gitlab 6", Fixed, "", "", false}},
	}
	for _, test := range tests {
		t.Run(test.rest, func(t *testing.T) {
			got, err := Read("f", []byte(strings.Replace(test.text, "REST", test.rest, 1)))
			if err != nil || len(got.Faults) > 0 || len(got.Alerts) != 1 {
				t.Fatalf("%v, %v", err, got)
			}
			a := got.Alerts[0]
			if diff := cmp.Diff(test.want, fate{a.ID, a.State, a.Reason, a.By, a.Bot}); diff != "" {
				t.Error(diff)
			}
			if a.Person() != (a.By != "" && !a.Bot) {
				t.Error("a person is one who is named and no bot")
			}
		})
	}
}

func TestAnExportMayComeInPages(t *testing.T) {
	one := strings.Replace(dependabotText, "REST", `"state": "open"`, 1)
	two := strings.Replace(scanningText, "REST", `"state": "open"`, 1)
	node := strings.Replace(nodeText, "REST", `"state": "DETECTED"`, 1)
	tests := map[string]struct {
		text string
		want int
	}{
		"an array":                {"[" + one + "," + two + "]", 2},
		"arrays after each other": {"[" + one + "]\n[" + two + "]", 2},
		"an array of arrays":      {"[[" + one + "],[" + two + "]]", 2},
		"one a line":              {strings.ReplaceAll(one, "\n", " ") + "\n" + strings.ReplaceAll(two, "\n", " ") + "\n", 2},
		"none":                    {"[]", 0},
		"GraphQL of a project":    {`{"data": {"project": {"vulnerabilities": {"nodes": [` + node + "," + node + `]}}}}`, 2},
		"GraphQL of a group":      {`{"data": {"group": {"vulnerabilities": {"nodes": [` + node + `]}}}}`, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Read("f", []byte(test.text))
			if err != nil || len(got.Faults) > 0 || len(got.Alerts) != test.want {
				t.Errorf("%d alerts, %v, %v; want %d", len(got.Alerts), got.Faults, err, test.want)
			}
		})
	}
}

func TestWhatIsNoExportIsRefusedWithItsLine(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"nothing":                     {" \n", "f: is empty"},
		"prose":                       {"Dear all,\n", "f:1: no export of alerts"},
		"broken":                      {"[\n{\"number\": 3,\n", "f:2: no JSON"},
		"something else":              {"[\n\n{\"a\": 1}]", "f:3: no alert of Dependabot, code scanning or GitLab"},
		"a number":                    {"[1]", "f:1: want an object"},
		"too deep":                    {"[[[]]]", "lists in lists in lists"},
		"a refusal":                   {`{"message": "Not Found", "status": "404"}`, `refused: "Not Found"`},
		"a GraphQL refusal":           {`{"errors": [{"message": "no such project"}]}`, "refused: no such project"},
		"a project that is not there": {`{"data": {"project": null}}`, "holds no vulnerabilities"},
		"a table of something else":   {"a,b\n1,2\n", `no column "status"`},
		"a column twice":              {"Status,status\n", `"status" stands twice`},
		"a broken table":              {"Status,Severity,Vulnerability ID\n\"a\n", "f: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Read("f", []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "f:") || got.Alerts != nil {
				t.Errorf("%v; want %q", err, test.want)
			}
		})
	}
	if _, err := Read("f", make([]byte, MaxSize+1)); err == nil || !strings.Contains(err.Error(), "split it") {
		t.Errorf("a large file: %v", err)
	}
}

func TestAnAlertThatCannotBeReadIsAFault(t *testing.T) {
	good := strings.Replace(dependabotText, "REST", `"state": "open"`, 1)
	for rest, want := range map[string]string{
		`"state": "frozen"`: `unknown state "frozen"`,
		`"state": "dismissed", "dismissed_reason": "bored"`:     `unknown dismissed_reason "bored"; want fix_started`,
		`"state": "fixed", "fixed_at": "some day"`:              "no date",
		`"state": "fixed", "number": "three"`:                   "cannot unmarshal",
		`"state": "fixed", "number": -1`:                        "its number is -1",
		`"state": "open", "updated_at": "0001-01-01T00:00:00Z"`: "no date",
	} {
		got, err := Read("f", []byte("["+good+",\n"+strings.Replace(dependabotText, "REST", rest, 1)+"]"))
		if err != nil || len(got.Alerts) != 1 || len(got.Faults) != 1 || !strings.Contains(got.Faults[0].Error(), want) || !strings.HasPrefix(got.Faults[0].Error(), "f:3: ") {
			t.Errorf("%s: %v, %v, %d alerts; want %q", rest, err, got.Faults, len(got.Alerts), want)
		}
	}
}

func TestBots(t *testing.T) {
	for login, want := range map[string]bool{"ann": false, "dependabot[bot]": true, "Renovate": true, "group_5_bot": true, "project_5_bot_a1": true, "robot": false, "": false} {
		if got := IsBot(login, "User"); got != want {
			t.Errorf("%q is a bot: %t; want %t", login, got, want)
		}
	}
	if !IsBot("anything", "Bot") {
		t.Error("an account of type Bot is none")
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{dependabotText, scanningText, nodeText, recordText} {
		for _, rest := range []string{`"state": "open"`, `"state": "fixed"`, `"state": "dismissed", "state": "resolved"`} {
			f.Add(strings.Replace(text, "REST", rest, 1))
		}
	}
	f.Add(`{"data": {"project": {"vulnerabilities": {"nodes": [{}, null, 3]}}}}`)
	f.Add("\uFEFFStatus,Severity,Vulnerability ID,Location\r\ndismissed,high,1,\"{\"\"file\"\"=>\"\"../../x\"\"}\"\r\n")
	f.Add(strings.Repeat("[", 20000))
	f.Add(`[{"security_advisory": ` + strings.Repeat(`{"a":`, 5000))
	f.Add(`[{"state": "open", "security_advisory": {"cwes": [null]}, "number": 1e400}]`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Read("f", []byte(text))
		if err != nil && !strings.HasPrefix(err.Error(), "f:") {
			t.Fatalf("an error without its file: %v", err)
		}
		for _, a := range got.Alerts {
			if a.ID == "" || a.Source == "" || a.State == "" || len(a.Day) != len("2006-01-02") {
				t.Fatalf("%+v", a)
			}
		}
	})
}
