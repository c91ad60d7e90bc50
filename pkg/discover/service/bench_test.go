package service_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/discover/service"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// big is a tree of about n files: services with sources, manifests, images and infrastructure.
func big(n int) projecttest.Tree {
	tree := projecttest.Tree{".github/CODEOWNERS": "* @acme/all\n/services/s1*/ @acme/one\n"}
	compose := "services:\n"
	source := "import express from 'express'\n// a comment\n" + strings.Repeat("export function handle(request) { return request.body.value + 'text' }\n", 60)
	for s := 0; len(tree) < n; s++ {
		dir := fmt.Sprintf("services/s%d/", s)
		name := fmt.Sprintf("s%d", s)
		tree[dir+"package.json"] = fmt.Sprintf("{\n  \"name\": %q,\n  \"dependencies\": {\"stripe\": \"1\"}\n}\n", name)
		tree[dir+"Dockerfile"] = "FROM node:22\nCOPY . .\nEXPOSE 80\n"
		tree[dir+"deploy/k8s.yaml"] = deployment(name) + clusterService(name, "type: ClusterIP")
		tree[dir+"main.tf"] = "resource \"aws_lb\" \"" + name + "\" {\n  internal = true\n  tags = { owner = \"" + name + "\" }\n}\n"
		compose += "  " + name + ": {build: ./" + dir + ", ports: ['80']}\n"
		for i := range 16 {
			tree[fmt.Sprintf("%ssrc/models/f%d.ts", dir, i)] = source
		}
	}
	tree["compose.yaml"] = compose
	return tree
}

func BenchmarkDiscover(b *testing.B) {
	tree := big(2000)
	dir := tree.Write(b)
	b.ReportMetric(float64(len(tree)), "files")
	for b.Loop() {
		if _, err := (service.Reader{}).Discover(b.Context(), fettle.Repo{Dir: dir}); err != nil {
			b.Fatal(err)
		}
	}
}
