//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// installed is the i-th package of a lockfile.
type installed func(i int) (name, version string)

// oneInTen has records and one in twenty of these affects it, which is about what an aged application has.
func oneInTen(i int) (name, version string) {
	if i%10 == 0 {
		return popularName(i / 10 % popular), versionOf(i)
	}
	return fmt.Sprintf("%s-lib-%d", word(i*3), i), versionOf(i)
}

// all have records, and each of these affects them.
func all(i int) (name, version string) { return popularName(i % popular), "0.1.0" }

// writeProject puts a package.json and its package-lock.json into dir: n packages, each but the first needed by another.
func writeProject(dir string, n int, of installed) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	first, version := of(0)
	manifest := fmt.Sprintf("{\n  \"name\": \"bench\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n    %q: \"^%s\"\n  }\n}\n", first, version)
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(manifest), 0o644); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  \"name\": \"bench\",\n  \"version\": \"1.0.0\",\n  \"lockfileVersion\": 3,\n  \"requires\": true,\n  \"packages\": {\n")
	fmt.Fprintf(&b, "    \"\": {\n      \"name\": \"bench\",\n      \"version\": \"1.0.0\",\n      \"dependencies\": {\n        %q: \"^%s\"\n      }\n    }", first, version)
	for i := range n {
		name, version := of(i)
		fmt.Fprintf(&b, ",\n    \"node_modules/%s\": {\n      \"version\": %q,\n      \"resolved\": \"https://registry.example/%s/-/%s-%s.tgz\",\n      \"integrity\": \"sha512-%s==\",\n      \"license\": \"MIT\"",
			name, version, name, filepath.Base(name), version, strings.Repeat("A", 86))
		var needs []string
		for _, j := range []int{2*i + 1, 2*i + 2, 2*i + 9} {
			if j < n && (j < 2*i+9 || i%4 == 0) { // one in four shares a dependency with others
				name, version := of(j)
				needs = append(needs, fmt.Sprintf("        %q: \"^%s\"", name, version))
			}
		}
		if len(needs) > 0 {
			fmt.Fprintf(&b, ",\n      \"dependencies\": {\n%s\n      }", strings.Join(needs, ",\n"))
		}
		b.WriteString(",\n      \"engines\": {\n        \"node\": \">=10\"\n      }\n    }")
	}
	b.WriteString("\n  }\n}\n")
	return os.WriteFile(filepath.Join(dir, "package-lock.json"), []byte(b.String()), 0o644)
}
