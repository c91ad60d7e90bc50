package python

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pipParse prints what pip's own parser makes of a requirements file: the line and the requirement, addresses left out.
const pipParse = `
import sys
from pip._internal.network.session import PipSession
from pip._internal.req.constructors import parse_req_from_line
from pip._internal.req.req_file import parse_requirements
for p in parse_requirements(sys.argv[1], session=PipSession()):
    if p.is_editable or p.constraint:
        continue
    r = parse_req_from_line(p.requirement, "x")
    if r.requirement is None:
        continue
    line = p.comes_from.split("(line ")[1].rstrip(")")
    print(line, r.requirement.name, ",".join(sorted(r.requirement.extras)), ",".join(sorted(str(s) for s in r.requirement.specifier)))
`

// FETTLE_LIVE=1 compares with the pip that FETTLE_PIP_PYTHON, or python3, has.
func TestLinesAreThoseOfPip(t *testing.T) {
	if os.Getenv("FETTLE_LIVE") == "" {
		t.Skip("FETTLE_LIVE is not set")
	}
	python := os.Getenv("FETTLE_PIP_PYTHON")
	if python == "" {
		python = "python3"
	}
	for _, text := range []string{
		"Django==4.2\n# c\n  flask  >= 2 , < 3 # c\nrequests[socks,security]==2.0;python_version>'3'\n",
		"a==1 \\\n --hash=sha256:" + strings.Repeat("0", 64) + " \\\n --hash=sha256:" + strings.Repeat("1", 64) + "\nb==1\n",
		"a==1 \\\n# c\nb==2\n", "a\\\n==1\nb==1\\\n", "a==1 #b\nc==1\t# d\n", "a==1\u2028b==2\x0bc==3\x0cd==4\n", "a (==1)\nb(>=1,<2)\nc [x] ===1\n",
		"\ufeffa==1\r\nb==2\rc==3\n", "--pre\n--index-url https://registry.example/simple\na==1 --global-option=x\n--no-binary :all:\nb\n",
		"a @ https://files.example/a.zip\nb@https://files.example/b.zip ; python_version > '3'\n", "a==1 ; python_version > '3' --hash=sha256:" + strings.Repeat("0", 64) + "\n",
		"a==1 -e x\n", "a~=1.0\nb!=1.*\nc==1.*\nd>1\ne<=2\n", "A_b.C==1\n", "\t a==1\t\n\n\n b == 2\n", "a==1  --config-settings x=y\n",
	} {
		file := filepath.Join(t.TempDir(), "requirements.txt")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), python, "-c", pipParse, file).Output()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		f := parseRequirements("requirements.txt", []byte(text))
		var got, want []string
		for _, l := range f.lines {
			specs := clauses(strings.ReplaceAll(l.spec, " ", ""))
			slices.Sort(specs)
			extras := slices.Sorted(slices.Values(l.extras))
			got = append(got, strings.TrimSpace(fmt.Sprint(l.line, " ", l.name, " ", strings.Join(extras, ","), " ", strings.Join(specs, ","))))
		}
		for line := range strings.Lines(string(out)) {
			fields := strings.SplitN(strings.TrimRight(line, "\n"), " ", 4)
			fields[1] = normalize(fields[1])
			if strings.Contains(text, "\u2028") { // pip counts Python's lines, fettle those of an editor
				fields[0] = "1"
			}
			want = append(want, strings.TrimSpace(strings.Join(fields, " ")))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s %v", text, diff, f.gaps)
		}
	}
}
