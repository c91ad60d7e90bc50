package surface

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// mavenCopy asks Maven for the jars, all in one run of its dependency plugin.
func (c *Checker) mavenCopy(ctx context.Context, packages []fettle.Package) map[fettle.Package]Artifact {
	got := map[fettle.Package]Artifact{}
	dir, err := c.folder()
	if err == nil {
		err = c.mavenCopyInto(ctx, dir, packages, got)
	}
	for _, p := range packages {
		if _, ok := got[p]; ok {
			continue
		}
		if len(packages) > 1 && err != nil && strings.Contains(err.Error(), "status") { // one that is not served fails all
			for q, a := range c.mavenCopy(ctx, []fettle.Package{p}) {
				got[q] = a
			}
			continue
		}
		if err == nil {
			err = errors.New("Maven has no jar of it")
		}
		got[p] = Artifact{Err: err}
	}
	return got
}

func (c *Checker) mavenCopyInto(ctx context.Context, dir string, packages []fettle.Package, got map[fettle.Package]Artifact) error {
	var items strings.Builder
	for i, p := range packages {
		group, artifact, ok := strings.Cut(p.Name, ":")
		if !ok {
			return fmt.Errorf("%s is no name of a Maven package; want group:artifact", p.Name)
		}
		fmt.Fprintf(&items, "<artifactItem><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version><type>jar</type><outputDirectory>${project.basedir}/a%d</outputDirectory></artifactItem>",
			escape(group), escape(artifact), escape(p.Version), i)
	}
	pom := `<project><modelVersion>4.0.0</modelVersion><groupId>surface</groupId><artifactId>surface</artifactId><version>1</version><packaging>pom</packaging><build><plugins><plugin>` +
		`<groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><configuration><artifactItems>` + items.String() +
		`</artifactItems></configuration></plugin></plugins></build></project>`
	if err := os.WriteFile(filepath.Join(dir, "pom.xml"), []byte(pom), 0o600); err != nil {
		return errors.New("its request cannot be written")
	}
	if _, err := c.client(ctx, "Maven", dir, nil, "mvn", "-B", "-q", "-ntp", "dependency:copy"); err != nil {
		return err
	}
	for i, p := range packages {
		if own := filepath.Join(dir, fmt.Sprintf("a%d", i)); exists(own) {
			got[p] = Artifact{Dir: own}
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}

// goDownload asks the go command for the modules. It unpacks them, and verifies them against the checksum database.
func (c *Checker) goDownload(ctx context.Context, packages []fettle.Package) map[fettle.Package]Artifact {
	got := map[fettle.Package]Artifact{}
	fail := func(err error) map[fettle.Package]Artifact {
		for _, p := range packages {
			if _, ok := got[p]; !ok {
				got[p] = Artifact{Err: err}
			}
		}
		return got
	}
	dir, err := c.folder()
	if err != nil {
		return fail(err)
	}
	args := []string{"go", "mod", "download", "-json", "-modcacherw"}
	asked := map[string]fettle.Package{}
	for _, p := range packages {
		query := p.Name + "@" + goVersion(p.Name, p.Version)
		asked[query] = p
		args = append(args, query)
	}
	out, err := c.client(ctx, "Go", dir, goEnv(dir), args...)
	if i := strings.Index(out, "{"); i >= 0 {
		for d := json.NewDecoder(strings.NewReader(out[i:])); ; {
			var m struct{ Path, Version, Dir, Error string }
			if d.Decode(&m) != nil {
				break
			}
			p, ok := asked[m.Path+"@"+m.Version]
			switch {
			case !ok:
			case m.Error != "":
				got[p] = Artifact{Err: errors.New(complaint(m.Error))}
			case m.Dir != "":
				got[p] = Artifact{Dir: m.Dir}
			}
		}
	}
	if err == nil {
		err = errors.New("go mod download said nothing of it")
	}
	return fail(err)
}

// goEnv lets the go command run without the toolchains that a module asks for, and unpack below dir.
func goEnv(dir string) []string {
	return []string{"GOTOOLCHAIN=local", "GOFLAGS=-modcacherw", "GO111MODULE=on", "GOWORK=off", "CGO_ENABLED=0", "GOMODCACHE=" + filepath.Join(dir, "mod")}
}

// goVersion is a version as the go command writes it; advisories leave out the v.
func goVersion(path, version string) string {
	v := "v" + strings.TrimPrefix(version, "v")
	if major := semver.Major(v); semver.Build(v) == "" && major != "v0" && major != "v1" && !strings.HasSuffix(path, "/"+major) && !strings.HasPrefix(path, "gopkg.in/") {
		v += "+incompatible"
	}
	return v
}
