package service_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/service"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// fuzz writes data as a file of a small tree, and checks what is made of it.
func fuzz(f *testing.F, file string, seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
		f.Add([]byte("\xef\xbb\xbf" + strings.ReplaceAll(seed, "\n", "\r\n")))
		f.Add([]byte(seed[:len(seed)/2]))
		f.Add([]byte(seed + "\n" + seed))
	}
	dir := f.TempDir()
	for name, text := range with(two, "services/cart/Dockerfile", "FROM x\nCOPY a b\n", "compose.yaml", "services:\n  cart: {build: services/cart, image: cart}\n") {
		write(f, dir, name, []byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		write(t, dir, file, data)
		start := time.Now()
		found, err := service.Reader{}.Discover(t.Context(), fettle.Repo{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %s", took)
		}
		lines := 1 + max(bytes.Count(data, []byte("\n")), bytes.Count(data, []byte("\r")))
		checkFacts(t, found.Facts)
		for _, fact := range found.Facts {
			if fact.Where.Path == file && fact.Where.Line > lines {
				t.Errorf("line %d of %d: %+v", fact.Where.Line, lines, fact)
			}
			if strings.ContainsAny(fact.Why, "\n\r\x1b") || strings.Contains(fact.Why, dir) || strings.Contains(fact.Service, "..") {
				t.Errorf("%+v", fact)
			}
		}
	})
}

func write(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func FuzzKubernetes(f *testing.F) {
	fuzz(f, "k8s.yaml", deployment("cart")+clusterService("cart", "type: LoadBalancer"),
		"apiVersion: v1\nkind: List\nitems: &a\n  - {apiVersion: v1, kind: List, items: *a}\n",
		"apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a}\nspec: {parentRefs: [{name: b}], rules: [{backendRefs: [{name: cart}]}]}\n",
		"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: cart, tags: [pci]}\nspec: {type: service, owner: x}\n",
		"apiVersion: skaffold/v4beta1\nkind: Config\nbuild: {artifacts: [{image: cart, context: ../../..}]}\n",
		"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nimages: [{name: cart, newName: x}]\npatches: [{patch: \"LoadBalancer\"}]\n")
}

func FuzzCompose(f *testing.F) {
	fuzz(f, "docker-compose.yml", "x: &x {ports: ['80:80']}\nservices:\n  cart: {<<: *x, build: {context: ., dockerfile: services/cart/Dockerfile}}\n",
		"services:\n  a: {build: ../.., ports: ['[::1]:80:80', 80, {published: 1, target: 2, host_ip: ::1}]}\n",
		"services: {a: {image: cart, network_mode: host, labels: ['traefik.enable=true'], deploy: {labels: {tier: 1}}}}\n",
		"a: &a [*a]\nservices: {x: *a, ? [y] : z}\n", "services: {a: {ports: ${X}, build: \"\\0\"}}\n")
}

func FuzzTerraform(f *testing.F) {
	fuzz(f, "main.tf", "variable \"a\" { default = [var.a, local.b] }\nlocals { b = var.a }\nresource \"aws_security_group\" \"cart\" {\n  ingress { cidr_blocks = var.a }\n  tags = merge(local.b, { owner = \"x\" })\n}\n",
		"resource \"aws_lb\" \"x\" { internal = var.x ? true : false\n name = \"${a}-b\" }\n",
		"resource \"google_compute_firewall\" \"x\" {\n allow {}\n dynamic \"allow\" { content {} }\n}\n", "x = <<EOF\n${\nEOF\n", "a = ((((((((((", "a = \"${\"${\"${1}\"}\"}\"", "a = - - - ! ! 1")
}

func FuzzTerraformJSON(f *testing.F) {
	fuzz(f, "main.tf.json", `{"resource": [{"aws_security_group": {"cart": [{"ingress": {"cidr_blocks": ["0.0.0.0/0"]}, "tags": {"tier": "1"}}]}}]}`, `{"resource": {"aws_lb": {"x": null}}}`)
}

func FuzzDockerfile(f *testing.F) {
	fuzz(f, "services/cart/x.dockerfile", "# escape=`\nARG A=b\nFROM ${A:-c} AS build\nCOPY --from=build [\"a\", \"b\"]\nRUN <<EOF\nx\nEOF\nFROM 0\nEXPOSE 80 \\\n # c\n 90\nCOPY . .\n",
		"FROM a AS a\nFROM a\nCOPY --from=1 x y\n", "FROM\nCOPY\nEXPOSE\n\\\n")
}

func FuzzServerless(f *testing.F) {
	fuzz(f, "serverless.yml", "functions:\n  a: {url: true, events: [{http: x}, sqs, {httpApi: '*'}]}\nprovider: {tags: {tier: 1}}\nplugins: [x]\n", "functions: [a]\n")
}

func FuzzTemplate(f *testing.F) {
	fuzz(f, "template.yaml", "Resources:\n  A:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: ../x, Events: {A: {Type: Api}}, Tags: {tier: 1}}\n  B: {Type: AWS::EC2::SecurityGroup, Properties: {SecurityGroupIngress: [{CidrIp: 0.0.0.0/0}], Tags: [{Key: owner, Value: !Ref X}]}}\n")
}

func FuzzOpenAPI(f *testing.F) {
	fuzz(f, "openapi.json", `{"openapi": "3.0.0", "paths": {}, "components": {"schemas": {"A": {"properties": {"cvv": {"properties": {"ssn": 1}}}}}}}`)
}

func FuzzPlatform(f *testing.F) {
	fuzz(f, "services/cart/function.json", `{"bindings": [{"type": "httpTrigger"}]}`, `{"bindings": {"a": [[[[`)
}

func FuzzCodeowners(f *testing.F) {
	fuzz(f, "CODEOWNERS", "* @a/b\n/ @x\n\\ @y\n[s] @z\n**/a** a@b.example # c\n/services/cart/ @a/b/c\n***  @q\n")
}

func FuzzSources(f *testing.F) {
	fuzz(f, "services/cart/models/a.ts", "import express from 'express'\napp.get(`/${'a'}`, /['\"`]/)\nconst cardNumber = 1 // x\n/* unclosed", "'\\")
}

func FuzzStrip(f *testing.F) {
	for _, seed := range []string{"a // b\n'c' \"d\\\"\" `e\n${f}` /* g */", "'''a\n'''# b\n\"\"\"c", "'a' '\\'' \"", "/*", "\"\"\"", "`", "\\"} {
		for _, ext := range []string{".ts", ".py", ".java", ".cs", ".go"} {
			f.Add([]byte(seed), ext)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, ext string) {
		if got := service.Strip(text, ext); len(got) != len(text) || bytes.Count(got, []byte("\n")) != bytes.Count(text, []byte("\n")) {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func FuzzYAML(f *testing.F) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for _, c := range "bcdefghij" {
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+",", 9) + "]\n"
	}
	for _, seed := range []string{bomb, "a: &a {<<: *a}\n", "&a a: *a\n", "[[[[", "? {a: b}\n: c\n", "--- !!binary x\n--- *x\n", "a: 1\na: 2\n", "<<: [{a: 1}, 2]\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 1<<16 {
			_, _ = service.ParseYAML(data)
		}
	})
}

func FuzzHCL(f *testing.F) {
	for _, seed := range []string{"resource \"aws_lb\" \"x\" {\n  internal = !true\n  tags = { a = 1, \"b\" = var.c }\n}\n", "locals { a = [for x in y : x if z] }\n", "a = <<-EOF\n  ${b}%{if c}d%{endif}\nEOF\n",
		"resource \"aws_security_group\" \"a\" {\n dynamic \"ingress\" {\n content { cidr_blocks = concat(a[*].b, [\"0.0.0.0/0\"]) }\n}\n}\n", "a = b ? c : d.*.e[0]::f()\n", "variable \"a\" { default = \"\" }\n", "a = -1.5e9 && !b || c\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 1<<16 {
			service.ParseHCL(data)
		}
	})
}

func FuzzDockerfileLines(f *testing.F) {
	for _, seed := range []string{"# escape=`\nFROM a AS b\nFROM b\nCOPY --from=0 x y\n", "FROM a\nRUN <<A <<B\nA\nB\nEXPOSE 1\n", "ARG a=$a\nFROM ${a:-b}\n", "FROM a \\\n\n# c\n AS b\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { service.ParseDockerfile(data) })
}
