package maven

import (
	"archive/zip"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// fake plays a repository and remembers what it was asked, with the user.
type fake struct {
	*httptest.Server
	files  projecttest.Tree
	status int // other than what the files say
	asked  []string
}

func serve(t *testing.T, files projecttest.Tree) *fake {
	t.Helper()
	s := &fake{files: files}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, _, _ := r.BasicAuth()
		s.asked = append(s.asked, strings.TrimSpace(who+" "+filepath.Base(r.URL.Path)))
		text, ok := s.files[strings.TrimPrefix(r.URL.Path, "/m2/")]
		switch {
		case s.status != 0:
			w.WriteHeader(s.status)
		case !ok:
			w.WriteHeader(http.StatusNotFound)
		default:
			_, _ = w.Write([]byte(text))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// needsX is a project that needs g:x:1.0.
func needsX() projecttest.Tree {
	return projecttest.Tree{"pom.xml": pomOf("<dependencies>", dep("g", "x", "1.0"), "</dependencies>", "<repositories><repository><id>theirs</id><url>https://theirs.example</url></repository></repositories>")}
}

var bothPackages = []string{"[pom.xml]", "g:x@1.0 production < .", "g:y@1.0 production < g:x"}

func TestARepositoryIsAskedOnce(t *testing.T) {
	s := serve(t, repositoryOf("g:x:1.0 : g:y:1.0\ng:y:1.0"))
	settings := project.Settings{Client: s.Client(), Cache: t.TempDir(), Maven: []string{s.URL + "/m2/"}}
	for range 2 {
		r := read(t, needsX(), settings)
		if diff := cmp.Diff(bothPackages, summaries(r)); diff != "" {
			t.Error(diff)
		}
		projecttest.WantGaps(t, r.Gaps)
	}
	settings.Client = nil
	projecttest.WantGaps(t, read(t, needsX(), settings).Gaps)
	if diff := cmp.Diff([]string{"x-1.0.pom", "y-1.0.pom"}, s.asked); diff != "" {
		t.Error(diff)
	}
}

func TestWithoutAClientNothingIsAsked(t *testing.T) {
	s := serve(t, repositoryOf("g:x:1.0"))
	r := read(t, needsX(), project.Settings{Maven: []string{s.URL + "/m2"}})
	projecttest.WantGaps(t, r.Gaps, "pom.xml:4: the POM of g:x:1.0 could not be had, so what it needs and manages is unknown: it is neither in the tree nor")
	if s.asked != nil {
		t.Errorf("asked %v", s.asked)
	}
}

func TestTheLocalRepositoryComesFirst(t *testing.T) {
	s := serve(t, nil)
	settings := home(t, repositoryOf("g:x:1.0 : g:y:1.0\ng:y:1.0"))
	settings.Client, settings.Maven = s.Client(), []string{s.URL + "/m2"}
	if diff := cmp.Diff(bothPackages, summaries(read(t, needsX(), settings))); diff != "" || s.asked != nil {
		t.Errorf("%s, asked %v", diff, s.asked)
	}
}

func TestARepositoryOfThePOMIsNotAskedAndTheGapSaysSo(t *testing.T) {
	s := serve(t, nil)
	tree := needsX()
	tree["pom.xml"] = strings.Replace(tree["pom.xml"], "https://theirs.example", s.URL+"/m2", 1)
	other := serve(t, nil)
	r := read(t, tree, project.Settings{Client: s.Client(), Maven: []string{other.URL + "/m2"}})
	projecttest.WantGaps(t, r.Gaps, `pom.xml:4: the POM of g:x:1.0 could not be had, so what it needs and manages is unknown: none of the 1 repositories that may be asked has it; run mvn dependency:go-offline, `+
		`or name its repository as discover.maven.repositories in fettle.yaml; the repositories that a pom.xml names ("theirs") are not asked, because a change could name any`)
	if s.asked != nil || len(other.asked) != 1 {
		t.Errorf("asked %v and %v", s.asked, other.asked)
	}
}

func TestAnswersThatAreNoPOMAreGaps(t *testing.T) {
	for _, tt := range []struct {
		name   string
		text   string
		status int
		want   string
	}{
		{"a page", "<html><body>not here</body></html>", 0, "it cannot be read: the root element is <html>"},
		{"cut off", "<project><dependencies>", 0, "it cannot be read: not valid XML"},
		{"entities", "<!DOCTYPE x [<!ENTITY a \"b\">]><project>&a;</project>", 0, "it cannot be read: not valid XML"},
		{"another artifact", "<project><groupId>g</groupId><artifactId>other</artifactId><version>1.0</version></project>", 0, "the POM that is there is that of another artifact"},
		{"huge", "<project>" + strings.Repeat(" ", maxPOM) + "</project>", 0, "a repository cannot be reached: an answer is larger than 8 MiB"},
		{"refused", "", http.StatusForbidden, "a repository refuses it (status 403); a server in settings.xml may give a user and a password"},
		{"broken", "", http.StatusBadGateway, "a repository answers with status 502"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, projecttest.Tree{"g/x/1.0/x-1.0.pom": tt.text})
			s.status = tt.status
			r := read(t, needsX(), project.Settings{Client: s.Client(), Maven: []string{s.URL + "/m2"}})
			projecttest.WantGaps(t, r.Gaps, "pom.xml:4: the POM of g:x:1.0 could not be had, so what it needs and manages is unknown: "+tt.want)
		})
	}
}

func TestABrokenAnswerIsNotKept(t *testing.T) {
	s := serve(t, projecttest.Tree{"g/x/1.0/x-1.0.pom": "<html></html>", "g/y/1.0/y-1.0.pom": repositoryOf("g:y:1.0")["g/y/1.0/y-1.0.pom"]})
	settings := project.Settings{Client: s.Client(), Cache: t.TempDir(), Maven: []string{s.URL + "/m2"}}
	read(t, needsX(), settings)
	if kept, err := filepath.Glob(filepath.Join(settings.Cache, "maven", "*", "g", "*")); err != nil || len(kept) > 0 {
		t.Errorf("kept %v, %v", kept, err)
	}
	s.files["g/x/1.0/x-1.0.pom"] = repositoryOf("g:x:1.0 : g:y:1.0")["g/x/1.0/x-1.0.pom"]
	if diff := cmp.Diff(bothPackages, summaries(read(t, needsX(), settings))); diff != "" {
		t.Error(diff)
	}
}

func TestARepositoryThatKeepsFailingIsAskedNoMore(t *testing.T) {
	s := serve(t, nil)
	s.status = http.StatusServiceUnavailable
	var deps []string
	for _, c := range "abcdefghij" {
		deps = append(deps, dep("g", string(c), "1.0"))
	}
	r := read(t, projecttest.Tree{"pom.xml": pomOf("<dependencies>", strings.Join(deps, "\n"), "</dependencies>")}, project.Settings{Client: s.Client(), Maven: []string{s.URL + "/m2"}})
	if len(r.Gaps) != 10 || len(s.asked) != maxFailures {
		t.Errorf("%d gaps, asked %d times", len(r.Gaps), len(s.asked))
	}
}

func TestASecretIsSentToItsServerAlone(t *testing.T) {
	here, elsewhere := serve(t, repositoryOf("g:x:1.0 : g:y:1.0")), serve(t, repositoryOf("g:y:1.0"))
	settings := userOf(t, `<settings>
<servers><server><id>mine</id><username>me</username><password>${env.SECRET}</password></server></servers>
<profiles><profile><id>work</id><repositories>
<repository><id>mine</id><url>`+here.URL+`/m2</url></repository>
<repository><id>open</id><url>`+elsewhere.URL+`/m2</url></repository>
</repositories></profile><profile><id>off</id><repositories><repository><id>never</id><url>http://127.0.0.1:1/</url></repository></repositories></profile></profiles>
<activeProfiles><activeProfile>work</activeProfile></activeProfiles></settings>`)
	settings.Client = here.Client()
	r := read(t, needsX(), settings)
	projecttest.WantGaps(t, r.Gaps)
	if diff := cmp.Diff([][]string{{"me x-1.0.pom", "me y-1.0.pom"}, {"y-1.0.pom"}}, [][]string{here.asked, elsewhere.asked}); diff != "" {
		t.Error(diff)
	}
}

// userOf returns the settings of a user with this settings.xml.
func userOf(t *testing.T, text string) project.Settings {
	t.Helper()
	return project.Settings{Home: projecttest.Tree{".m2/settings.xml": text}.Write(t), Getenv: func(name string) string { return map[string]string{"SECRET": "s3cret"}[name] }}
}

func TestMirrorsStandInForRepositories(t *testing.T) {
	for _, tt := range []struct {
		of   string
		id   string
		url  string
		want bool
	}{
		{"*", "central", "https://a.example", true},
		{"central", "central", "https://a.example", true},
		{"central", "other", "https://a.example", false},
		{"a, b", "b", "https://a.example", true},
		{"*,!b", "b", "https://a.example", false},
		{"external:*", "b", "https://a.example", true},
		{"external:*", "b", "http://localhost:8081/m2", false},
		{"external:http:*", "b", "https://a.example", false},
		{"external:http:*", "b", "http://a.example", true},
	} {
		if got := (mirror{of: strings.Split(tt.of, ",")}).matches(remote{id: tt.id, url: tt.url}); got != tt.want {
			t.Errorf("%s for %s at %s: %v", tt.of, tt.id, tt.url, got)
		}
	}
}

func TestTheInstalledMavenNamesTheRepository(t *testing.T) {
	s := serve(t, repositoryOf("g:x:1.0 : g:y:1.0\ng:y:1.0"))
	mirrored := serve(t, s.files)
	maven := projecttest.Tree{"bin/mvn": "", "lib/keep": "", "conf/settings.xml": "<settings><mirrors><mirror><id>no</id><mirrorOf>plain</mirrorOf><url>http://x.example</url><blocked>true</blocked></mirror></mirrors></settings>"}.Write(t)
	super := "<project><repositories><repository><id>central</id><url>" + s.URL + "/m2</url></repository><repository><id>plain</id><url>" + s.URL + "/no</url></repository></repositories></project>"
	writeZip(t, filepath.Join(maven, "lib", "maven-model-builder-3.x.jar"), "org/apache/maven/model/pom-4.0.0.xml", super)
	env := func(name string) string { return map[string]string{"PATH": filepath.Join(maven, "bin")}[name] }
	for _, tt := range []struct {
		name, settings string
		asks           *fake
	}{
		{"itself", "", s},
		{"through a mirror", "<settings><mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf><url>" + mirrored.URL + "/m2</url></mirror></mirrors></settings>", mirrored},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.asked, mirrored.asked = nil, nil
			settings := userOf(t, tt.settings)
			if tt.settings == "" {
				settings.Home = t.TempDir()
			}
			settings.Getenv, settings.Client = env, s.Client()
			r := read(t, needsX(), settings)
			if diff := cmp.Diff(bothPackages, summaries(r)); diff != "" {
				t.Error(diff)
			}
			if asked := slices.Concat(s.asked, mirrored.asked); len(asked) != 2 || len(tt.asks.asked) != 2 {
				t.Errorf("asked %v and %v", s.asked, mirrored.asked)
			}
		})
	}
}

func writeZip(t *testing.T, file, name, text string) {
	t.Helper()
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	z := zip.NewWriter(out)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err != nil || z.Close() != nil {
		t.Fatal(err)
	}
}

func TestRedirectsDoNotLeaveHTTPS(t *testing.T) {
	plain := serve(t, repositoryOf("g:x:1.0"))
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain.URL+r.URL.Path, http.StatusFound)
	}))
	t.Cleanup(secure.Close)
	r := read(t, needsX(), project.Settings{Client: secure.Client(), Maven: []string{secure.URL + "/m2"}})
	projecttest.WantGaps(t, r.Gaps, "pom.xml:4: the POM of g:x:1.0 could not be had, so what it needs and manages is unknown: a repository cannot be reached: a redirect from https to http")
	if plain.asked != nil {
		t.Errorf("asked %v", plain.asked)
	}
}

func TestTheNewestOfARangeIsAskedFor(t *testing.T) {
	s := serve(t, repositoryOf("g:x:1.0\ng:x:1.9\ng:x:1.10\ng:x:2.0"))
	r := read(t, projecttest.Tree{"pom.xml": pomOf("<dependencies>", dep("g", "x", "[1.0,2.0)"), "</dependencies>")}, project.Settings{Client: s.Client(), Maven: []string{s.URL + "/m2"}})
	if diff := cmp.Diff([]string{"[pom.xml]", "g:x@1.10 production < ."}, summaries(r)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"maven-metadata.xml", "x-1.10.pom"}, s.asked); diff != "" {
		t.Error(diff)
	}
}
