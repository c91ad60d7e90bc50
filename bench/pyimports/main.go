// Pyimports lists what modules distributions provide, where that is not what their names say, for pkg/reach/python. It reads what
// pip recorded in the folders that are given, and nothing else:
//
//	go run ./bench/pyimports -old pkg/reach/python/modules.txt venv/lib/python3.11/site-packages ... > new.txt
//
// Distributions of the old table that are installed nowhere here stay as they are.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/osv"
)

func main() {
	log.SetFlags(0)
	old := flag.String("old", "", "table to keep what is not installed of")
	flag.Parse()
	table := map[string][]string{}
	if *old != "" {
		data, err := os.ReadFile(*old)
		if err != nil {
			log.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if f := strings.Fields(line); len(f) > 0 && f[0] != "#" {
				table[f[0]] = f[1:]
			}
		}
	}
	kept, read := len(table), map[string]bool{}
	for _, dir := range flag.Args() {
		infos, err := filepath.Glob(filepath.Join(dir, "*.dist-info"))
		if err != nil {
			log.Fatal(err)
		}
		for _, info := range infos {
			stem, _, _ := strings.Cut(filepath.Base(info), "-")
			name := osv.NormalizeName("PyPI", stem)
			modules := provided(filepath.Join(info, "RECORD"))
			if len(modules) == 0 || read[name] {
				continue
			}
			read[name] = true
			if hasCommands(filepath.Join(info, "entry_points.txt")) {
				modules = append(modules, "$")
			}
			table[name] = modules
		}
	}
	differ := 0
	for _, name := range slices.Sorted(maps.Keys(table)) {
		modules := table[name]
		if strings.Trim(strings.Join(modules, " "), " $") != strings.ReplaceAll(name, "-", "_") {
			differ++
		}
		fmt.Println(name, strings.Join(modules, " "))
	}
	log.Printf("%d distributions, %d of them read here, %d in the old table; %d are called otherwise than their module", len(table), len(read), kept, differ)
}

// hasCommands reports whether an installer makes commands of the distribution.
func hasCommands(entryPoints string) bool {
	data, _ := os.ReadFile(entryPoints)
	return strings.Contains(string(data), "[console_scripts]") || strings.Contains(string(data), "[gui_scripts]")
}

// provided lists the outermost modules with files of their own.
func provided(record string) []string {
	in, err := os.Open(record)
	if err != nil {
		return nil
	}
	defer in.Close()
	files := map[string]bool{}
	scanner := bufio.NewScanner(in)
	for scanner.Scan() {
		file, _, _ := strings.Cut(scanner.Text(), ",")
		ext := path.Ext(file)
		if ext != ".py" && ext != ".so" || strings.HasPrefix(file, "..") || strings.Contains(file, "-") || strings.Contains(path.Dir(file), ".") && path.Dir(file) != "." {
			continue
		}
		stem, _, _ := strings.Cut(path.Base(file), ".")
		module := strings.ReplaceAll(path.Join(path.Dir(file), stem), "/", ".")
		files[strings.TrimSuffix(module, ".__init__")] = true
	}
	var tops []string
	for module := range files {
		outermost := true
		for at := module; strings.Contains(at, "."); {
			at = at[:strings.LastIndexByte(at, '.')]
			outermost = outermost && !files[at]
		}
		if first, _, _ := strings.Cut(module, "."); outermost && !slices.Contains([]string{"tests", "test", "docs", "examples", "benchmarks"}, first) {
			tops = append(tops, module)
		}
	}
	slices.Sort(tops)
	if len(tops) > 12 { // a namespace with many parts: what they have in common
		return common(tops)
	}
	return tops
}

// common is the longest dotted beginnings that keep the list short: the first two parts.
func common(tops []string) []string {
	short := map[string]bool{}
	for _, t := range tops {
		parts := strings.SplitN(t, ".", 3)
		short[strings.Join(parts[:min(2, len(parts))], ".")] = true
	}
	return slices.Sorted(maps.Keys(short))
}
