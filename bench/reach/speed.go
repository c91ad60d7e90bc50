package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach"
)

// goal is the longest that an application of 200 files may take.
const goal = 2 * time.Second

// language is how a generated application of one is written: %d is the number of the file, and in function that of the function.
type language struct {
	name, ecosystem, pkg, key, file, head, function, tail string
	other                                                 map[string]string
}

var languages = []language{
	{name: "JavaScript", ecosystem: "npm", pkg: "lodash", key: "node_modules/lodash", file: "src/part%d.js",
		head: "const _ = require('lodash');\nconst path = require('node:path');\n\n",
		function: "function method%d(name, times) {\n  const counts = new Map();\n  let total = 0;\n  for (let i = 0; i < times; i++) {\n    total += i * 3;\n    counts.set(`${name}${i}`, total);\n  }\n" +
			"  if (total > 100) {\n    throw new Error(`${name} is over ${total}`);\n  }\n  return path.join(_.merge({}, { name }).name, String(total));\n}\nexports.method%[1]d = method%[1]d;\n\n"},
	{name: "Python", ecosystem: "PyPI", pkg: "requests", key: "requests@1.0.0", file: "app/part%d.py", head: "import os\nimport requests\nfrom collections import defaultdict\n\n\n",
		function: "def method%d(name, times):\n    counts = defaultdict(int)\n    total = 0\n    for i in range(times):\n        total += i * 3\n        counts[name + str(i)] = total\n" +
			"    if total > 100:\n        raise ValueError(f\"{name} is over {total}\")\n    return os.path.join(requests.get(name).text, str(total))\n\n\n"},
	{name: "Java", ecosystem: "Maven", pkg: "org.apache.commons:commons-text", key: "org.apache.commons:commons-text@1.0.0", file: "src/main/java/shop/Part%d.java",
		head: "package shop;\n\nimport java.util.HashMap;\nimport java.util.Map;\nimport org.apache.commons.text.StringSubstitutor;\n\npublic class Part%d {\n    private final Map<String, Integer> counts = new HashMap<>();\n\n",
		function: "    public String method%d(String name, int times) {\n        int total = counts.getOrDefault(name, 0);\n        for (int i = 0; i < times; i++) {\n            total += i * 3;\n            counts.put(name + i, total);\n" +
			"        }\n        if (total > 100) {\n            throw new IllegalStateException(name + \" is over \" + total);\n        }\n        return new StringSubstitutor(Map.of(\"a\", name)).replace(name + total);\n    }\n\n", tail: "}\n"},
	{name: "C#", ecosystem: "NuGet", pkg: "Newtonsoft.Json", key: "newtonsoft.json@1.0.0", file: "Part%d.cs",
		head: "using System;\nusing System.Collections.Generic;\nusing Newtonsoft.Json;\n\nnamespace Shop\n{\n    public class Part%d\n    {\n        private readonly Dictionary<string, int> counts = new Dictionary<string, int>();\n\n",
		function: "        public string Method%d(string name, int times)\n        {\n            var total = counts.Count;\n            for (var i = 0; i < times; i++)\n            {\n                total += i * 3;\n                counts[name + i] = total;\n" +
			"            }\n            if (total > 100) { throw new InvalidOperationException($\"{name} is over {total}\"); }\n            return JsonConvert.SerializeObject(name + total);\n        }\n\n", tail: "    }\n}\n",
		other: map[string]string{"app.csproj": `<Project Sdk="Microsoft.NET.Sdk"></Project>`}},
}

// fileSize is about the size of each file, in bytes.
const fileSize = 10 << 10

// speed prints how long verdicts take, from the walk over the tree on.
func speed(ctx context.Context, out io.Writer, files, runs int) error {
	fmt.Fprintf(out, "\n| language | files | size | walk to verdict | verdict |\n| --- | --- | --- | --- | --- |\n")
	slow := ""
	for _, l := range languages {
		dir, err := os.MkdirTemp("", "fettle-reach-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		size, err := l.write(dir, files)
		if err != nil {
			return err
		}
		var times []time.Duration
		verdict := ""
		for range max(runs, 1) {
			start := time.Now()
			known, err := reach.Imports{}.Correlate(ctx, l.scene(dir))
			if err != nil {
				return err
			}
			times = append(times, time.Since(start))
			verdict = "none"
			for _, e := range known.Evidence["finding"] {
				verdict = e.Text
			}
		}
		slices.Sort(times)
		median := times[len(times)/2]
		if median > goal {
			slow += " " + l.name
		}
		fmt.Fprintf(out, "| %s | %d | %.1f MB | %.2f s | %s |\n", l.name, files, float64(size)/1e6, median.Seconds(), verdict)
	}
	if slow != "" {
		fmt.Fprintf(out, "\nOver %s:%s\n", goal, slow)
	}
	return nil
}

// write makes the application.
func (l language) write(dir string, files int) (size int, err error) {
	all := map[string]string{}
	for name, text := range l.other {
		all[name] = text
	}
	for i := range files {
		var b strings.Builder
		b.WriteString(strings.ReplaceAll(l.head, "%d", fmt.Sprint(i)))
		for n := 0; b.Len() < fileSize; n++ {
			fmt.Fprintf(&b, l.function, n)
		}
		b.WriteString(l.tail)
		all[fmt.Sprintf(l.file, i)] = b.String()
	}
	for name, text := range all {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return 0, err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return 0, err
		}
		size += len(text)
	}
	return size, nil
}

// scene is the application with one finding, about the package that all of its files import.
func (l language) scene(dir string) fettle.Scene {
	at := fettle.Location{Path: "lockfile", Line: 1}
	p := fettle.Package{Ecosystem: l.ecosystem, Name: l.pkg, Version: "1.0.0"}
	node := fettle.Node{Package: p, Key: l.key, Direct: true, Scope: fettle.Production, Depth: 1, Location: at, Holders: []fettle.Edge{{Scope: fettle.Production}}}
	return fettle.Scene{
		Repo:      fettle.Repo{Dir: dir},
		Inventory: fettle.Inventory{Projects: []fettle.Project{{Manager: "any", Lockfile: "lockfile", Nodes: []fettle.Node{node}}}},
		Findings: []fettle.Finding{{ID: "finding", Kind: fettle.Dependency, Rule: "CVE-0000-0000", Package: p, Location: at,
			Instances: []fettle.Instance{{Version: "1.0.0", Key: l.key, Direct: true, Location: at}}}},
	}
}
