package jvm

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// shelf is a Maven repository on loopback.
type shelf struct {
	files map[string]string // by path
	dates map[string]string // Last-Modified, by path
	asked []string
}

// stock lays out POMs of lines such as "g:web:1.0 : g:http:1.0, g:mock:1.0 test optional", and the lists of versions. What
// stands between braces at the end of a line goes into the POM as it is.
func stock(lines string) *shelf {
	s := &shelf{files: map[string]string{}, dates: map[string]string{}}
	versions := map[string][]string{}
	for line := range strings.Lines(strings.TrimSpace(lines)) {
		line, raw, _ := strings.Cut(strings.TrimSpace(line), " {")
		head, needs, _ := strings.Cut(strings.TrimSpace(line)+" ", " : ")
		group, artifact, v := split3(head)
		var b strings.Builder
		fmt.Fprintf(&b, "<project>\n<groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version>\n%s<dependencies>\n", group, artifact, v, strings.TrimSuffix(raw, "}"))
		for need := range strings.SplitSeq(needs, ", ") {
			words := strings.Fields(need)
			if len(words) == 0 {
				continue
			}
			g, a, v := split3(words[0])
			fmt.Fprintf(&b, "<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version>", g, a, v)
			for _, word := range words[1:] {
				if word == "optional" {
					b.WriteString("<optional>true</optional>")
				} else {
					b.WriteString("<scope>" + word + "</scope>")
				}
			}
			b.WriteString("</dependency>\n")
		}
		b.WriteString("</dependencies>\n</project>\n")
		dir := path.Join(strings.ReplaceAll(group, ".", "/"), artifact)
		s.files[path.Join(dir, v, artifact+"-"+v+".pom")] = b.String()
		versions[dir] = append(versions[dir], v)
	}
	for dir, list := range versions {
		s.files[dir+"/maven-metadata.xml"] = "<metadata><versioning><versions><version>" + strings.Join(list, "</version><version>") + "</version></versions></versioning></metadata>\n"
	}
	return s
}

func split3(text string) (a, b, c string) {
	parts := strings.SplitN(strings.TrimSpace(text), ":", 3)
	return parts[0], parts[1], parts[2]
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	s.asked = append(s.asked, name)
	text, ok := s.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if when := s.dates[name]; when != "" {
		w.Header().Set("Last-Modified", when)
	}
	fmt.Fprint(w, text)
}

// settings are those of a user who has this repository and nothing else.
func (s *shelf) settings(t testing.TB) project.Settings {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return project.Settings{Home: t.TempDir(), Client: server.Client(), Maven: []string{server.URL}}
}

// up asks for one move.
func up(name, to string, kind fettle.FixKind) fettle.Upgrade {
	return fettle.Upgrade{Package: fettle.Package{Ecosystem: "Maven", Name: name}, To: to, Kind: kind, Range: to}
}

// diff returns the lines that changed, by file, as -old and +new.
func diff(t testing.TB, before projecttest.Tree, after map[string]string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for file, text := range after {
		out[file] = lineDiff(before[file], text)
	}
	return out
}

// lineDiff is a diff without context, for texts of which one has some lines changed or added.
func lineDiff(before, after string) string {
	a, b := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
	from := 0
	for from < len(a) && from < len(b) && a[from] == b[from] {
		from++
	}
	enda, endb := len(a), len(b)
	for enda > from && endb > from && a[enda-1] == b[endb-1] {
		enda, endb = enda-1, endb-1
	}
	var out strings.Builder
	for _, line := range a[from:enda] {
		out.WriteString("-" + line)
	}
	for _, line := range b[from:endb] {
		out.WriteString("+" + line)
	}
	return out.String()
}

// unpack writes a tree with texts in place of its own.
func unpack(t testing.TB, tree projecttest.Tree, texts map[string]string) string {
	t.Helper()
	dir := tree.Write(t)
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
