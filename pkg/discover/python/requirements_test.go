package python

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// lines are the nodes of all projects, a line each, under their lockfile.
func lines(t *testing.T, files tree) (nodes, gaps []string) {
	t.Helper()
	r := read(t, files)
	for _, p := range r.Projects {
		nodes = append(nodes, "# "+p.Manager+" "+p.Lockfile+" "+p.Manifest)
		for i, line := range projecttest.Nodes(p) {
			if why := p.Nodes[i].NoVersion; why != "" {
				line += " NO VERSION " + why
			}
			nodes = append(nodes, line)
		}
	}
	return nodes, projecttest.Gaps(r.Gaps)
}

func TestPipReadsALineAsTheseVersions(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"Django==4.2", "django@4.2"},
		{"django == 4.2", "django@4.2"},
		{"Zope.Interface===5.0", "zope-interface@5.0"},
		{"a-_.b==1!2.0.post1+local", "a-b@1!2.0.post1+local"},
		{"requests[security, socks]==2.28.0 ; python_version >= '3.8'", "requests@2.28.0"},
		{"django (==4.2)", "django@4.2"},
		{"django==4.2,!=4.1", "django@4.2"},
		{"django==4.2 # comment", "django@4.2"},
		{"django==4.2 --hash=sha256:00 --hash=sha256:11", "django@4.2"},
		{"django==4.2 \\\n    --hash=sha256:00", "django@4.2"},
		{"djan\\\ngo==4.2", "django@4.2"},
		{"a==1 \\\n# c \\\nb==2", "a@1 b@2"},
		{"\xef\xbb\xbfdjango==4.2\r\n", "django@4.2"},
		{"\xff\xfed\x00j\x00=\x00=\x001\x00\n\x00", "dj@1"},
		{"\xfe\xff\x00d\x00j\x00=\x00=\x001\x00\n", "dj@1"},
		{"\xff\xfe\x00\x00d\x00\x00\x00=\x00\x00\x00=\x00\x00\x001\x00\x00\x00", "d@1"},
		{"# caf\xe9\ndjango==4.2", "django@4.2"},
		{"a==1\u2028b==2", "a@1 b@2"},
		{"a==1\x0bb==2", "a@1 b@2"},
		{"--pre", ""},
		{"--index-url https://registry.example/simple\n-i https://registry.example\ndjango==4.2", "django@4.2"},
		{"-e .\n.\n./lib\n-e ./lib[extra]", ""},
	} {
		r := read(t, tree{"requirements.txt": tt.line})
		var got []string
		for _, p := range r.Projects {
			for _, n := range p.Nodes {
				got = append(got, n.Package.String())
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%q: got %q, want %q", tt.line, got, tt.want)
		}
		for _, g := range projecttest.Gaps(r.Gaps) {
			if !strings.Contains(g, "does not say what its") {
				t.Errorf("%q: gap %s", tt.line, g)
			}
		}
	}
}

func TestWhatHasNoExactVersionSaysWhy(t *testing.T) {
	for _, tt := range []struct{ line, name, want string }{
		{"django", "django", "declared without a version"},
		{"django>=4.2", "django", "declared as >=4.2, which is no exact version"},
		{"django==4.*", "django", "declared as ==4.*, which is no exact version"},
		{"django==4.1,==4.2", "django", "declared as ==4.1,==4.2, which is no exact version"},
		{"django~=4.2", "django", "declared as ~=4.2"},
		{"git+https://user:secret@git.example/django.git@main#egg=Django", "django", `it comes from a commit or branch of "git+https://git.example/django.git@main"`},
		{"-e git+ssh://git@git.example/django.git#egg=django", "django", `it comes from a commit or branch of "git+ssh://git.example/django.git"`},
		{"django @ https://files.example/main.zip", "django", `it comes from the address "https://files.example/main.zip"`},
		{"../lib#egg=lib", "lib", `it comes from the folder "../lib", outside`},
	} {
		r := read(t, tree{"requirements.txt": tt.line})
		if len(r.Projects) != 1 || len(r.Projects[0].Nodes) != 1 {
			t.Errorf("%q: %+v", tt.line, r)
			continue
		}
		n := r.Projects[0].Nodes[0]
		if n.Name != tt.name || n.Version != "" || !strings.HasPrefix(n.NoVersion, tt.want) {
			t.Errorf("%q: %s, %q; want %s, %q", tt.line, n.Package, n.NoVersion, tt.name, tt.want)
		}
	}
}

func TestWhatPipWouldNotReadIsAGap(t *testing.T) {
	const edges = "requirements.txt: does not say what its"
	for _, tt := range []struct {
		name string
		tree tree
		want []string
	}{
		{"no requirement", tree{"requirements.txt": "a==1\n\n=oops\n"}, []string{`requirements.txt:3: "=oops" is no requirement`, edges}},
		{"one equals sign", tree{"requirements.txt": "\npython=3.8\n"}, []string{`requirements.txt:2: "python=3.8" is no requirement: "=3.8" is no range`}},
		{"an unknown option", tree{"requirements.txt": "--oops x"}, []string{`requirements.txt:1: "--oops" is no option`}},
		{"a variable", tree{"requirements.txt": "${DJANGO}==4.2"}, []string{"requirements.txt:1: ${DJANGO} is taken from the environment"}},
		{"an address without a name", tree{"requirements.txt": "git+https://git.example/x"}, []string{`requirements.txt:1: installs "git+https://git.example/x", which names no package`}},
		{"a wheel", tree{"requirements.txt": "https://files.example/Django-4.2-py3-none-any.whl"}, []string{"requirements.txt:1: django 4.2 is not taken from an index but from", edges}},
		{"an include over the network", tree{"requirements.txt": "-r https://x:y@files.example/requirements.txt"}, []string{`requirements.txt:1: includes "https://files.example/requirements.txt", which is not fetched`}},
		{"an include outside", tree{"requirements.txt": "--requirem=../../etc/passwd\n-r/etc/passwd"}, []string{`requirements.txt:1: includes "../../etc/passwd", which lies outside`, `requirements.txt:2: includes "/etc/passwd", which lies outside`}},
		{"an absolute include", tree{"x/requirements.txt": "-r /requirements.txt", "requirements.txt": ""}, []string{`x/requirements.txt:1: includes "/requirements.txt", which lies outside`}},
		{"an include that is not there", tree{"requirements.txt": "a==1\n-r base.txt"}, []string{`requirements.txt:2: includes "base.txt", which is not there`, edges}},
		{"a link out", tree{"requirements.txt": "-> /etc/passwd"}, []string{"requirements.txt: cannot be read"}},
		{"two versions", tree{"requirements.txt": "a==1\nA==2\n"}, []string{"requirements.txt:2: a is asked for as 2 here and as 1 on line 1", edges}},
		{"two versions for different machines", tree{"requirements.txt": "a==1; os_name == 'nt'\nA==2; os_name != 'nt'\n"}, []string{edges}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			projecttest.WantGaps(t, read(t, tt.tree).Gaps, tt.want...)
		})
	}
}

func TestEachIncludedFileIsAProjectOfItsOwn(t *testing.T) {
	got, gaps := lines(t, tree{
		"requirements/prod.txt": "-r base.txt\ngunicorn==20.0\n",
		"requirements/dev.txt":  "-r base.txt\n-r dev.txt\n-r ../deps.pip\npytest==7.0\n",
		"requirements/base.txt": "-r prod.txt\n-c ../constraints.txt\ndjango\nflask>=1\n",
		"constraints.txt":       "django==4.2\nidle>=1\nurllib3==1.26.0\n",
		"deps.pip":              "pip==20.0\n",
	})
	want := []string{
		"# pip constraints.txt ",
		"urllib3@1.26.0 urllib3@1.26.0 production depth=0 constraints.txt:3-3",
		"# pip requirements/base.txt ",
		"django@4.2 django@4.2 production depth=1 constraints.txt:1-1 direct requirements/base.txt:3 <[]  (production)",
		"flask flask production depth=1 requirements/base.txt:4-4 direct requirements/base.txt:4 <[] >=1 (production) NO VERSION declared as >=1, which is no exact version; write it with pip-compile or uv pip compile, or pin it with ==",
		"# pip requirements/dev.txt ",
		"pytest@7.0 pytest@7.0 development depth=1 requirements/dev.txt:4-4 direct requirements/dev.txt:4 <[] ==7.0 (development)",
		"# pip requirements/prod.txt ",
		"gunicorn@20.0 gunicorn@20.0 production depth=1 requirements/prod.txt:2-2 direct requirements/prod.txt:2 <[] ==20.0 (production)",
		"# pip deps.pip ",
		"pip@20.0 pip@20.0 production depth=1 deps.pip:1-1 direct deps.pip:1 <[] ==20.0 (production)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(gaps) != 5 { // one a file on its edges
		t.Errorf("gaps:\n%s", strings.Join(gaps, "\n"))
	}
}

func TestAConstraintHoldsForWhatAnIncluderIncludes(t *testing.T) {
	got, _ := lines(t, tree{"requirements.txt": "-r base-requirements.txt\n-c constraints.txt\n", "base-requirements.txt": "django\n", "constraints.txt": "Django==4.2\n"})
	want := []string{"# pip base-requirements.txt ", "django@4.2 django@4.2 production depth=1 constraints.txt:1-1 direct base-requirements.txt:1 <[]  (production)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnnotationsAreEdges(t *testing.T) {
	const source = "requests[socks]>=2\nflask\n"
	want := []string{
		"# pip requirements.txt requirements.in",
		"flask@2.0 flask@2.0 production depth=1 requirements.txt:2-2 direct requirements.in:2 <[]  (production)",
		"jinja2@3.0 jinja2@3.0 production depth=2 requirements.txt:3-4 <[flask@2.0]  (production) <[markup@1]  (production)",
		"markup@1 markup@1 production depth=3 requirements.txt:8-8 <[jinja2@3.0]  (production)",
		"requests@2.28 requests@2.28 production depth=1 requirements.txt:9-9 direct requirements.in:1 <[] >=2 (production)",
	}
	for name, text := range map[string]string{
		"split": "# This file is autogenerated by pip-compile\nflask==2.0  # via -r requirements.in\njinja2==3.0 \\\n    --hash=sha256:00\n    # via\n    #   flask\n    #   markup\nmarkup==1  # via jinja2\nrequests[socks]==2.28\n    # via -r requirements.in\n",
		"line":  "#\nflask==2.0                # via -r requirements.in\njinja2==3.0 \\\n    --hash=sha256:00  # via flask, markup\n\n\n\nmarkup==1                 # via jinja2, jinja2\nrequests==2.28  # via -r ./requirements.in\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, gaps := lines(t, tree{"requirements.in": source, "requirements.txt": text})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if len(gaps) > 0 {
				t.Error(gaps)
			}
		})
	}
}

func TestACompiledFileOutOfStepIsAGap(t *testing.T) {
	projecttest.WantGaps(t, read(t, tree{
		"requirements.in":  "flask>=2\n\nrequests>=3\nnew\n",
		"requirements.txt": "# autogenerated by pip-compile\nflask==1.0\n    # via -r requirements.in\nrequests==3.1\n    # via -r requirements.in\nlone==1\nwerkzeug==1\n    # via nobody\n",
	}).Gaps,
		"requirements.in:1: flask is declared as >=2 and is 1.0 in requirements.txt, so the two are out of step; run pip-compile",
		"requirements.in:4: new  is declared but not in requirements.txt",
		"requirements.txt:6: 1 packages here have no annotation",
		`requirements.txt:7: werkzeug is needed by "nobody", which is not in this file`)
}

func TestASourceWithoutItsCompiledFileIsAProject(t *testing.T) {
	got, _ := lines(t, tree{"requirements.in": "django==4.2\n"})
	if len(got) != 2 || !strings.HasPrefix(got[1], "django@4.2") {
		t.Error(got)
	}
}

func TestACompiledPairOfAnyNameIsRead(t *testing.T) {
	got, _ := lines(t, tree{"pyproject.toml": "", "test.in": "pytest\n", "test.txt": "# autogenerated by uv via\npytest==7.0\n    # via -r test.in\n", "other.txt": "x==1", "note.in": "y", "note.txt": "z"})
	want := []string{"# pip test.txt test.in", "pytest@7.0 pytest@7.0 test depth=1 test.txt:2-2 direct test.in:1 <[]  (test)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
