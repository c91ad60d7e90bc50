// Symbols-java finds the methods that differ between a vulnerable and a fixed jar, and prints an overlay of symbols. It reads
// pairs.txt: on each line an advisory, a package, the last affected version and the first fixed one. The jars are taken from
// the local repository of Maven; javap, of a JDK, shows their code.
package main

import (
	"archive/zip"
	"bufio"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	pairs := flag.String("pairs", "bench/symbols-java/pairs.txt", "the list of advisories and versions")
	home, _ := os.UserHomeDir()
	repository := flag.String("repository", filepath.Join(home, ".m2", "repository"), "the local repository of Maven")
	most := flag.Int("most", 15, "the number of methods from which on a release says too little")
	flag.Parse()
	if err := run(*pairs, *repository, *most); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(pairs, repository string, most int) error {
	in, err := os.Open(pairs)
	if err != nil {
		return err
	}
	defer in.Close()
	cache := map[string][]string{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		w := strings.Fields(lines.Text())
		if len(w) != 4 || w[0] == "#" {
			continue
		}
		key := strings.Join(w[1:], " ")
		changed, ok := cache[key]
		if !ok {
			if changed, err = compare(repository, w[1], w[2], w[3], most); err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", lines.Text(), err)
			}
			cache[key] = changed
		}
		if len(changed) > 0 {
			fmt.Printf("- advisory: %s\n  package: %q\n  symbols: [%s]\n  how: methods that differ between %s and %s\n", w[0], w[1], quoted(changed), w[2], w[3])
		}
	}
	return lines.Err()
}

func quoted(names []string) string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(all, ", ")
}

// compare returns the methods of old whose code is another in fixed, or gone; an error where there are too many to tell.
func compare(repository, id, old, fixed string, most int) ([]string, error) {
	group, artifact, _ := strings.Cut(id, ":")
	jar := func(version string) string {
		return filepath.Join(repository, filepath.FromSlash(strings.ReplaceAll(group, ".", "/")), artifact, version, artifact+"-"+version+".jar")
	}
	before, err := sums(jar(old))
	if err != nil {
		return nil, err
	}
	after, err := sums(jar(fixed))
	if err != nil {
		return nil, err
	}
	var differ []string
	for name, sum := range before {
		if after[name] != sum {
			differ = append(differ, name)
		}
	}
	slices.Sort(differ)
	if len(differ) > 150 { // so many are of a feature release
		return nil, fmt.Errorf("%d classes differ", len(differ))
	}
	was, err := code(jar(old), differ)
	if err != nil {
		return nil, err
	}
	is, err := code(jar(fixed), slices.DeleteFunc(slices.Clone(differ), func(n string) bool { return after[n] == 0 }))
	if err != nil {
		return nil, err
	}
	changed := map[string]bool{}
	for method, text := range was {
		if other, ok := is[method]; !ok || other != text {
			if name := owner(method); name != "" {
				changed[name] = true
			}
		}
	}
	if len(changed) > most {
		return nil, fmt.Errorf("%d methods differ", len(changed))
	}
	return slices.Sorted(maps.Keys(changed)), nil
}

// sums are the checksums of the classes of a jar.
func sums(file string) (map[string]uint32, error) {
	r, err := zip.OpenReader(file)
	if err != nil {
		return nil, fmt.Errorf("open %s: run mvn dependency:get for it first", path.Base(filepath.ToSlash(file)))
	}
	defer r.Close()
	all := map[string]uint32{}
	for _, f := range r.File {
		if name, ok := strings.CutSuffix(f.Name, ".class"); ok && !strings.HasPrefix(name, "META-INF/") && !strings.Contains(path.Base(name), "-info") {
			all[strings.ReplaceAll(name, "/", ".")] = f.CRC32 | 1
		}
	}
	return all, nil
}

var (
	number    = regexp.MustCompile(`#\d+(,\s+\d+)?`)
	offset    = regexp.MustCompile(`^\s+\d+: `)
	target    = regexp.MustCompile(`^(\s*(?:if\w*|goto\w*|jsr)\s+)\d+`)
	signature = regexp.MustCompile(`^  \S.*[;{]$`)
	called    = regexp.MustCompile(`([\w$.]+)\((.*)\)`)
	header    = regexp.MustCompile(`^(?:public |protected |private |abstract |final |static |strictfp |sealed |non-sealed )*(?:class|interface|@interface|enum) ([\w$.]+)`)
)

// code is what each method of the classes does, by class, a hash sign, name and parameters.
func code(jar string, classes []string) (map[string]string, error) {
	all := map[string]string{}
	for part := range slices.Chunk(classes, 200) {
		text, err := exec.Command("javap", append([]string{"-c", "-p", "-cp", jar}, part...)...).Output()
		if err != nil && len(text) == 0 {
			return nil, fmt.Errorf("javap: %w", err)
		}
		read(strings.NewReader(string(text)), all)
	}
	return all, nil
}

func read(in io.Reader, all map[string]string) {
	class, method := "", ""
	var body strings.Builder
	done := func() {
		if method != "" {
			all[method] = body.String()
		}
		method = ""
		body.Reset()
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := header.FindStringSubmatch(line); m != nil {
			done()
			class = m[1]
			continue
		}
		if signature.MatchString(line) {
			done()
			switch m := called.FindStringSubmatch(line); {
			case strings.TrimSpace(line) == "static {};":
				method = class + "#<clinit>()"
			case m != nil && m[1] == class:
				method = class + "#<init>(" + m[2] + ")"
			case m != nil:
				method = class + "#" + m[1] + "(" + m[2] + ")"
			}
			continue
		}
		line = number.ReplaceAllString(offset.ReplaceAllString(line, ""), "")
		body.WriteString(target.ReplaceAllString(strings.TrimSpace(line), "$1"))
		body.WriteByte('\n')
	}
	done()
}

var lambda = regexp.MustCompile(`#lambda\$(\w+)\$\d+$`)

// owner is the method as an overlay writes it, or its class alone where the code is that of the class: its initializer, and what
// the compiler makes of code that stands in no method by name.
func owner(method string) string {
	name, _, _ := strings.Cut(method, "(")
	class, member, _ := strings.Cut(name, "#")
	if m := lambda.FindStringSubmatch(name); m != nil && m[1] != "new" && m[1] != "static" && m[1] != "null" {
		return class + "." + m[1]
	}
	if member == "<clinit>" || strings.Contains(member, "$") {
		return class
	}
	return class + "." + member
}
