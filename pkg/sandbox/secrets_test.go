package sandbox

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestSecretsAreNamedAndNeverShown(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for _, c := range []struct {
		name    string
		environ []string
		files   fstest.MapFS
		want    []string
	}{
		{"variables", []string{
			"GITHUB_TOKEN=v4lue", "ACTIONS_RUNTIME_TOKEN=v4lue", "INPUT_GITHUB-TOKEN=v4lue", "AWS_ACCESS_KEY_ID=v4lue", "AWS_SECRET_ACCESS_KEY=v4lue",
			"db_password=v4lue", "API_KEY=v4lue", "SSH_AUTH_SOCK=/tmp/v4lue", "DATABASE_URL=postgres://app:v4lue@db/x",
		}, nil, []string{
			"ACTIONS_RUNTIME_TOKEN", "API_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL", "GITHUB_TOKEN", "INPUT_GITHUB-TOKEN",
			"SSH_AUTH_SOCK", "db_password",
		}},
		{"no secrets", []string{"NPM_TOKEN=", "AWS_CA_BUNDLE=/ca", "GPG_KEY=ABC", "KEYBOARD=de", "PATH=/bin", "TOKENS_USED=1", "URL=https://h/a:b@c", "broken"},
			nil, nil},
		{"files of a home", []string{"HOME=/home/ann"}, fstest.MapFS{
			"home/ann/.ssh/id_ed25519": file("v4lue"), "home/ann/.aws/credentials": file("v4lue"),
			"home/ann/.npmrc":              file("//registry.example/:_authToken=v4lue"),
			"home/ann/.docker/config.json": file(`{"auths":{"registry.example":{"auth":"v4lue"}}}`),
			"home/ann/.m2/settings.xml":    file("<server><password>v4lue</password></server>"),
		}, []string{"~/.aws/credentials", "~/.docker/config.json", "~/.m2/settings.xml", "~/.npmrc", "~/.ssh"}},
		{"files without secrets", []string{"HOME=/home/ann"}, fstest.MapFS{
			"home/ann/.ssh/known_hosts": file("x"), "home/ann/.ssh/id.pub": file("x"), "home/ann/.npmrc": file("registry=https://registry.example/"),
			"home/ann/.docker/config.json": file(`{"auths":{}}`), "home/bob/.aws/credentials": file("v4lue"),
		}, nil},
		{"sockets", nil, fstest.MapFS{"var/run/docker.sock": &fstest.MapFile{Mode: fs.ModeSocket}}, []string{"/var/run/docker.sock"}},
		{"a token that the checkout left", []string{"GITHUB_WORKSPACE=/w"},
			fstest.MapFS{"w/.git/config": file("[http \"https://forge.example/\"]\n\textraheader = AUTHORIZATION: basic v4lue\n")}, []string{"/w/.git/config"}},
	} {
		got := Secrets(c.environ, c.files)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if strings.Contains(strings.Join(got, " "), "v4lue") {
			t.Errorf("%s: a value is shown: %q", c.name, got)
		}
	}
}
