package git

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listing returns what lies below dir: path, mode and content or target.
func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.Walk(dir, func(p string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		if info.Mode()&os.ModeSymlink != 0 {
			target, err := os.Readlink(p)
			all[rel] = "-> " + target
			return err
		}
		data, err := os.ReadFile(p)
		all[rel] = info.Mode().String() + " " + string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// object stores text in dir's repository and returns its id.
func object(t *testing.T, dir, text string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, environ(t), strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commitTree makes a commit of a tree that git add would refuse. Rows are as of mktree: mode, type, id, tab, name.
func commitTree(t *testing.T, dir string, rows ...string) string {
	t.Helper()
	tree := object(t, dir, strings.Join(rows, "\x00")+"\x00", "mktree", "-z", "--missing")
	return plain(t, dir, "commit-tree", "-m", "hostile", tree)
}

func TestExportWritesFilesAsTheyAreStored(t *testing.T) {
	names := []string{"plain", "with space", "line\nbreak", "tab\tin", "-rf", "ünï/çødé", "\"quoted\"", "*", ":(glob)x", "a.b/c/d", "\xff\xfe"}
	var files []file
	want := map[string]string{}
	for _, name := range names {
		files = append(files, file{path: name, text: "in " + name})
		want[name] = "-rw-r--r-- in " + name
	}
	big := strings.Repeat("0123456789abcde\n", 1<<16) // larger than any buffer here
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
	files = append(files, file{path: "run.sh", text: "x", mode: 0o755}, file{path: "big", text: big}, file{path: "empty"},
		file{path: "crlf", text: "a\r\nb\r\n"}, file{path: "package-lock.json", text: pointer},
		file{path: ".gitattributes", text: "* text=auto eol=crlf\nsecret export-ignore\nsubst export-subst\n"},
		file{path: "secret", text: "s"}, file{path: "subst", text: "$Format:%H$"},
		file{path: "in", text: "plain", mode: os.ModeSymlink}, file{path: "x/up", text: "../plain", mode: os.ModeSymlink},
		file{path: "dangling", text: "not/there", mode: os.ModeSymlink}, file{path: "folder", text: "a.b", mode: os.ModeSymlink})
	want["run.sh"], want["big"], want["empty"] = "-rwxr-xr-x x", "-rw-r--r-- "+big, "-rw-r--r-- "
	// Git's own checkout would give crlf its carriage returns back.
	want["crlf"], want["package-lock.json"] = "-rw-r--r-- a\nb\n", "-rw-r--r-- "+pointer
	want[".gitattributes"] = "-rw-r--r-- * text=auto eol=crlf\nsecret export-ignore\nsubst export-subst\n"
	want["secret"], want["subst"] = "-rw-r--r-- s", "-rw-r--r-- $Format:%H$"
	want["in"], want["x/up"], want["dangling"], want["folder"] = "-> plain", "-> ../plain", "-> not/there", "-> a.b"

	out := t.TempDir()
	left, err := open(t, newRepo(t, files...)).Export(t.Context(), "HEAD", out, nil)
	if err != nil || len(left) != 0 {
		t.Fatalf("Export = %v, %v, want nothing left out", left, err)
	}
	got := listing(t, out)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestExportKeepsWhatItIsAskedFor(t *testing.T) {
	dir := newRepo(t, file{path: "a", text: "a"}, file{path: "b/a", text: "ba"}, file{path: "b/c", text: "bc"})
	out := t.TempDir()
	if _, err := open(t, dir).Export(t.Context(), "HEAD", out, func(p string) bool { return filepath.Base(p) == "a" }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"a": "-rw-r--r-- a", "b/a": "-rw-r--r-- ba"}, listing(t, out)); diff != "" {
		t.Error(diff)
	}
}

func TestExportLeavesOutWhatLeadsOut(t *testing.T) {
	dir := newRepo(t)
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("untouched"), 0o644); err != nil {
		t.Fatal(err)
	}
	link := func(target string) string { return object(t, dir, target, "hash-object", "-w", "--stdin") }
	text := link("text")
	sub := object(t, dir, "120000 blob "+link("../../x")+"\tout\x00"+"120000 blob "+link("../a")+"\tin\x00", "mktree", "-z")
	below := object(t, dir, "100644 blob "+text+"\tpwned\x00"+"120000 blob "+link("../x")+"\tup\x00", "mktree", "-z")
	commit := commitTree(t, dir,
		"120000 blob "+link(outside)+"\tabsolute",
		"120000 blob "+link(filepath.Dir(outside))+"\tbelow",
		"040000 tree "+below+"\tbelow",
		"120000 blob "+link(".")+"\tdot",
		"040000 tree "+below+"\tdot",
		"100644 blob "+text+"\ta",
		"120000 blob "+link("")+"\tempty",
		"160000 commit "+strings.Repeat("1", 40)+"\tmodule",
		"040000 tree "+sub+"\tsub",
		"120000 blob "+link("dot/../../secret")+"\ttrick",
		"120000 blob "+link("../x")+"\tup",
		"120000 blob "+link(strings.Repeat("a/", 3000))+"\tvery",
	)
	out := filepath.Join(t.TempDir(), "out")
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	left, err := open(t, dir).Export(t.Context(), commit, out, nil)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, l := range left {
		paths = append(paths, l.Path+" "+l.Reason)
	}
	sort.Strings(paths)
	const leads, under = " is a link that leads out of the repository", " is below a link of the same tree"
	want := []string{"absolute" + leads, "below" + leads, "dot/pwned" + under, "dot/up" + under, "empty" + leads,
		"module is a submodule, whose files are not part of the commit", "sub/out" + leads, "trick" + leads, "up" + leads, "very" + leads}
	got := map[string]string{"a": "-rw-r--r-- text", "sub/in": "-> ../a", "dot": "-> .", "below/pwned": "-rw-r--r-- text", "below/up": "-> ../x"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(got, listing(t, out)); diff != "" {
		t.Error(diff)
	}
	if data, _ := os.ReadFile(outside); string(data) != "untouched" {
		t.Error("a file outside was written")
	}
}

func TestExportSaysWhichFileIsMissing(t *testing.T) {
	dir := newRepo(t, file{path: "a", text: "1"})
	id := plain(t, dir, "rev-parse", "HEAD:a")
	if err := os.Remove(filepath.Join(dir, ".git/objects", id[:2], id[2:])); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, dir).Export(t.Context(), "HEAD", t.TempDir(), nil)
	if err == nil || !strings.Contains(err.Error(), `"a"`) || !strings.Contains(err.Error(), "is not in the repository") {
		t.Errorf("Export = %v, want which file is missing", err)
	}
}

func TestParseTreeRefusesPathsOfNoTree(t *testing.T) {
	id := strings.Repeat("a", 40)
	for _, path := range []string{"../x", "/etc/passwd", "a/../b", "a/../../b", ".git/config", "a/.GIT/hooks/x", ".Git", "..", ".", "a//b", "./a", "a/"} {
		entries, left, err := parseTree("100644 blob " + id + "\t" + path + "\x00")
		if err != nil || len(entries) != 0 || len(left) != 1 || left[0].Path != path {
			t.Errorf("parseTree of %q = %v, %v, %v, want it left out", path, entries, left, err)
		}
	}
	for _, path := range []string{"a", "a.git", ".gitignore", "..a", "a/.github/x", "-x", " "} {
		entries, left, err := parseTree("100644 blob " + id + "\t" + path + "\x00")
		if err != nil || len(entries) != 1 || len(left) != 0 {
			t.Errorf("parseTree of %q = %v, %v, %v, want it kept", path, entries, left, err)
		}
	}
}

func TestStaysInside(t *testing.T) {
	for _, tt := range []struct {
		path, target string
		want         bool
	}{
		{"a", "b", true}, {"d/a", "../b", true}, {"d/e/a", "../../b", true}, {"a", ".", true}, {"a", "./b//c/.", true}, {"d/a", "..", true},
		{"a", "..", false}, {"a", "../b", false}, {"d/a", "../../b", false}, {"a", "/etc", false}, {"a", "", false}, {"a", "b/..", false},
		{"a", "b/../../c", false}, {"a", "b\x00c", false}, {"d/a", "..//../b", false},
	} {
		if got := staysInside(tt.path, tt.target); got != tt.want {
			t.Errorf("staysInside(%q, %q) = %t, want %t", tt.path, tt.target, got, tt.want)
		}
	}
}

func TestFile(t *testing.T) {
	dir := newRepo(t, file{path: "d/a [x].txt", text: "a\r\n"}, file{path: "link", text: "d", mode: os.ModeSymlink})
	r := open(t, dir)
	if got, err := r.File(t.Context(), "HEAD", "d/a [x].txt"); err != nil || string(got) != "a\r\n" {
		t.Errorf("File = %q, %v", got, err)
	}
	for _, path := range []string{"none", "d/*", "../x", ".git/config", "d/a [x].txt/b"} {
		if _, err := r.File(t.Context(), "HEAD", path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("File of %q = %v, want os.ErrNotExist", path, err)
		}
	}
	for _, path := range []string{"d", "link", "d/"} {
		if got, err := r.File(t.Context(), "HEAD", path); err == nil || errors.Is(err, os.ErrNotExist) {
			t.Errorf("File of %q = %q, %v, want an error that it is no file", path, got, err)
		}
	}
}

func FuzzParseTree(f *testing.F) {
	id := strings.Repeat("a", 40)
	f.Add("100644 blob " + id + "\ta/b.txt\x00120000 blob " + id + "\tl\x00160000 commit " + id + "\ts\x00")
	f.Add("100644 blob " + id + "\t../x\x00")
	f.Add("x\x00\t\x00")
	f.Fuzz(func(t *testing.T, out string) {
		entries, _, err := parseTree(out)
		if err != nil {
			return
		}
		for _, e := range entries {
			if !filepath.IsLocal(e.path) || filepath.Clean(e.path) != e.path {
				t.Errorf("%q is no path of a tree", e.path)
			}
			for _, part := range strings.Split(e.path, "/") {
				if strings.EqualFold(part, ".git") {
					t.Errorf("%q is in a git folder", e.path)
				}
			}
			if strings.ContainsAny(e.id+e.mode, " \n\t") {
				t.Errorf("mode %q, id %q", e.mode, e.id)
			}
		}
	})
}
