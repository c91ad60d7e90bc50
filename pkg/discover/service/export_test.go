package service

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// ParseYAML is parseYAML of a tree of one file.
func ParseYAML(data []byte) ([]*document.Value, error) {
	return newFinder(nil, nil, Config{}).parseYAML(data)
}

// Strip is strip of the language of an extension.
func Strip(text []byte, ext string) []byte { return strip(text, sources[ext]) }

// ImageName is imageName.
func ImageName(image string) string { return imageName(image) }

// ParseHCL is what reading a Terraform file comes to.
func ParseHCL(data []byte) {
	f := newFinder(nil, nil, Config{})
	m := &module{variables: map[string]hclsyntax.Expression{}}
	_ = m.readHCL("main.tf", data)
	f.modules = append(f.modules, m)
	f.tellTerraform()
}

// ParseDockerfile returns how many stages there are, and whether all was understood.
func ParseDockerfile(data []byte) (int, bool) {
	d := parseDockerfile("Dockerfile", data)
	d.final("x")
	_ = d.image()
	return len(d.stages), d.whole
}
