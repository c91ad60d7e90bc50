package service_test

import (
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestComposePortsDecideWhoReachesAService(t *testing.T) {
	for _, tt := range []struct {
		name, service, want string
	}{
		{"published", `ports: ["8080:80"]`, "open"},
		{"published without a port of the host", `ports: ["80"]`, "open"},
		{"as a number", `ports: [80]`, "open"},
		{"of all addresses", `ports: ["0.0.0.0:8080:80"]`, "open"},
		{"of IPv6", `ports: ["[::]:8080:80"]`, "open"},
		{"of the machine", `ports: ["127.0.0.1:8080:80"]`, "controlled"},
		{"of the machine by IPv6", `ports: ["[::1]:8080:80"]`, "controlled"},
		{"of the machine, any port", `ports: ["127.0.0.1::80"]`, "controlled"},
		{"of an address that is a variable", `ports: ["${BIND:-127.0.0.1}:8080:80"]`, "open"},
		{"a port that is a variable", `ports: ["${PORT:-8080}:80"]`, "open"},
		{"long form", `ports: [{target: 80, published: "8080"}]`, "open"},
		{"long form of the machine", `ports: [{target: 80, published: 8080, host_ip: 127.0.0.1}]`, "controlled"},
		{"exposed only", `expose: ["80"]`, "controlled"},
		{"nothing said", `restart: always`, "controlled"},
		{"network of the host", `network_mode: host`, "open"},
		{"network of another service", `network_mode: "service:db"`, ""},
		{"extended", `extends: {file: ../base.yml, service: web}`, ""},
		{"routed by a proxy", `labels: ["traefik.http.routers.a.rule=Host(x)"]`, "open"},
		{"routed by the name of a host", `environment: {VIRTUAL_HOST: shop.example}`, "open"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := discover(t, projecttest.Tree{
				"api/package.json":   "{}",
				"web/package.json":   "{}",
				"docker-compose.yml": "services:\n  api:\n    build: ./api\n    " + tt.service + "\n",
			})
			got := ""
			for _, f := range found.Facts {
				if f.Signal == fettle.Exposure && f.Service == "api" {
					got += f.Text
				}
			}
			if got != tt.want {
				t.Errorf("exposure of api is %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOverlaidComposeFilesOpenWhatOneOfThemPublishes(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"api/package.json":        "{}",
		"jobs/package.json":       "{}",
		"docker-compose.yml":      "services:\n  api: {build: api}\n  jobs: {build: jobs}\n",
		"docker-compose.prod.yml": "services:\n  api:\n    ports: ['443:8443']\n",
	})
	want(t, lines(found.Facts),
		"api exposure open compose docker-compose.prod.yml:3",
		"jobs exposure controlled compose docker-compose.yml:3")
}

func TestNothingIsControlledBehindAPublishedProxy(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"api/package.json": "{}",
		"compose.yaml":     "services:\n  api: {build: api}\n  front:\n    image: nginx:1.27\n    ports: ['80:80']\n",
	})
	want(t, lines(found.Facts))
}

func TestAnchorsAndMergeKeysOfComposeAreFollowed(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"a/go.mod": "module example.com/a\n", "b/go.mod": "module example.com/b\n",
		"compose.yaml": "x-base: &base\n  ports: ['80:80']\nservices:\n  a:\n    <<: *base\n    build: a\n  b:\n    <<: [*base]\n    build: b\n    ports: []\n",
	})
	want(t, lines(found.Facts, fettle.Exposure),
		"a exposure open compose compose.yaml:2",
		"b exposure controlled compose compose.yaml:7")
}

func TestABuildOfTheWholeTreeIsAboutWhatItsDockerfileCopies(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"services/api/package.json":  "{}",
		"services/jobs/package.json": "{}",
		"libs/common/package.json":   "{}",
		"docker/api":                 "",
		"services/jobs/Dockerfile":   "FROM node:22\nCOPY . .\n",
		"api.Dockerfile":             "FROM node:22\nCOPY services/api /app\nCOPY libs/common /common\n",
		"all.Dockerfile":             "FROM node:22\nCOPY . .\n",
		"compose.yaml": `services:
  api:
    build: {context: ., dockerfile: api.Dockerfile}
  jobs:
    build: {context: ., dockerfile: services/jobs/Dockerfile}
  all:
    build: {context: ., dockerfile: all.Dockerfile}
`})
	want(t, lines(found.Facts, fettle.Exposure),
		"libs/common exposure controlled compose compose.yaml:2",
		"services/api exposure controlled compose compose.yaml:2",
		"services/jobs exposure controlled compose compose.yaml:4")
}

func TestABrokenComposeFileIsAGapAndClosesNothing(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"api/package.json":   "{}",
		"compose.yaml":       "services:\n  api: {build: api}\n",
		"docker-compose.yml": "services:\n  api:\n\tports: [80]\n",
	})
	want(t, lines(found.Facts))
	projecttest.WantGaps(t, found.Gaps, "docker-compose.yml:3: not valid YAML")
}

func TestAnImageOfOthersOpensNothingAndHushesHints(t *testing.T) {
	tree := projecttest.Tree{
		"api/package.json": "{}", "api/Dockerfile": "FROM x\nEXPOSE 1\n", "jobs/package.json": "{}",
		"compose.yaml": "services:\n  jobs: {build: jobs}\n  tool:\n    image: someone/tool:1\n    ports: ['80:80']\n",
	}
	found := discover(t, tree)
	want(t, lines(found.Facts, fettle.Exposure), "jobs exposure controlled compose compose.yaml:2")
}

func TestWhatExamplesDeployIsNotTheCodeBeside(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"go.mod": "module example.com/lib\n", "go.sum": "", "other/go.mod": "module example.com/other\n", "lib.go": "package lib\n",
		"examples/aws/main.tf":  "resource \"aws_lb\" \"x\" {}\n",
		"examples/k/k8s.yaml":   deployment("hello") + clusterService("hello", "type: NodePort"),
		"examples/compose.yaml": "services:\n  other: {build: ../other, ports: [80]}\n",
	})
	want(t, lines(found.Facts), "other exposure open compose examples/compose.yaml:2")
}

func TestAComposeFileForTestsClosesNothing(t *testing.T) {
	for _, file := range []string{"docker-compose.test.yml", "docker-compose-ci.yml", ".devcontainer/compose.yaml", "tests/compose.yaml", "compose.dev.yaml"} {
		found := discover(t, projecttest.Tree{"api/package.json": "{}", file: "services:\n  api: {build: {context: ../api}}\n  two: {build: ./api}\n"})
		want(t, lines(found.Facts))
	}
}
