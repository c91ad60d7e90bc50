package service_test

import (
	"slices"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestExposeAloneIsAHintOfControlled(t *testing.T) {
	found := discover(t, projecttest.Tree{"api/package.json": "{}", "api/Dockerfile": "FROM node:22\nEXPOSE 80\n"})
	want(t, lines(found.Facts),
		"api exposure controlled? dockerfile api/Dockerfile:2",
		"api role server? dockerfile api/Dockerfile:2")
	found = discover(t, projecttest.Tree{"api/package.json": "{}", "api/Dockerfile": "FROM node:22\nEXPOSE 80\n", "fly.toml": "[http_service]\ninternal_port = 80\n"})
	want(t, lines(found.Facts, fettle.Exposure),
		"api exposure open fly fly.toml:1")
}

func TestOnlyWhatTheFinalImageIsMadeOfShips(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"app/package.json":   "{}",
		"e2e/package.json":   "{}",
		"tools/package.json": "{}",
		"Dockerfile": trim(`
# syntax=docker/dockerfile:1
ARG NODE=22
FROM node:${NODE} AS build
COPY app/ /src/app
COPY tools /src/tools
RUN npm ci \
  # a comment between
  && npm run build
FROM build AS e2e
COPY e2e/ /src/e2e
RUN npm test
FROM node:22-slim
COPY --from=build /src/dist /app
RUN npm ci --omit=dev
EXPOSE 8080/tcp
`)})
	want(t, lines(found.Facts, fettle.Shipped),
		"app shipped yes dockerfile Dockerfile:4",
		"e2e shipped no dockerfile Dockerfile:10",
		"tools shipped yes dockerfile Dockerfile:5")
}

func TestAStageThatComposeBuildsShips(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"app/package.json": "{}", "e2e/package.json": "{}",
		"Dockerfile":   "FROM node AS e2e\nCOPY e2e /e2e\nFROM node\nCOPY app /app\n",
		"compose.yaml": "services:\n  a: {build: .}\n  b: {build: {context: ., target: e2e}}\n",
	})
	want(t, lines(found.Facts, fettle.Shipped),
		"app shipped yes dockerfile Dockerfile:4",
		"e2e shipped yes dockerfile Dockerfile:2")
}

func TestADockerfileThatIsNotUnderstoodLowersNothing(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"app/package.json": "{}", "e2e/package.json": "{}",
		"Dockerfile": "FROM node AS e2e\nCOPY e2e /e2e\nFROM node\nINCLUDE other\nCOPY app /app\nEXPOSE 1\n",
	})
	want(t, lines(found.Facts, fettle.Shipped, fettle.Exposure),
		"app shipped yes dockerfile Dockerfile:5")
}

func TestHereDocumentsAndEscapesAreNoInstructions(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"api/go.mod":     "module example.com/api\n",
		"api/Dockerfile": "# escape=`\r\nFROM x\r\nRUN <<EOF\r\nEXPOSE 1\r\nEOF\r\nCOPY a `\r\n  b\r\nexpose 2\r\n",
	})
	want(t, lines(found.Facts, fettle.Role), "api role server? dockerfile api/Dockerfile:8")
}

func TestAnUnreadWayToDeployHushesExpose(t *testing.T) {
	ingress := "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: x}\nspec: {defaultBackend: {service: {name: api, port: {number: 80}}}}\n"
	service := func(spec string) string {
		return "apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {selector: {app: api}, " + spec + "}\n"
	}
	for _, tt := range []struct {
		name, file, text string
		hushed           bool
	}{
		{"a language of its own", "infra/main.bicep", "resource", true},
		{"a template", "deploy/ingress.yaml.j2", "kind: {{ kind }}", true},
		{"an ingress to a service that is elsewhere", "k8s/a.yaml", ingress, true},
		{"a load balancer to a workload that is elsewhere", "k8s/a.yaml", service("type: LoadBalancer"), true},
		{"a service inside of the cluster to a workload that is elsewhere", "k8s/a.yaml", service("type: ClusterIP"), false},
		{"a load balancer to a workload that is here", "k8s/a.yaml", service("type: LoadBalancer") + deployment("api") + "---\n", true},
		{"a load balancer of another folder's", "other/k8s/a.yaml", service("type: LoadBalancer"), false},
	} {
		found := discover(t, projecttest.Tree{"api/package.json": "{}", "api/Dockerfile": "FROM node:22\nEXPOSE 80\n", "other/package.json": "{}", tt.file: tt.text})
		closed := slices.ContainsFunc(found.Facts, func(f fettle.Fact) bool {
			return f.Service == "api" && f.Signal == fettle.Exposure && f.Text == "controlled"
		})
		if closed == tt.hushed {
			t.Errorf("%s: %q", tt.name, lines(found.Facts, fettle.Exposure))
		}
	}
}
