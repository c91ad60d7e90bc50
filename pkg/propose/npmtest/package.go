package npmtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Package is one version that the registry serves. An index.js that exports its name and version is added where Files has
// none.
type Package struct {
	Name, Version string
	Dependencies  map[string]string
	Optional      map[string]string
	Peer          map[string]string
	Scripts       map[string]string
	Files         map[string]string // besides package.json
	Deprecated    string
}

// Parse reads packages from lines such as
//
//	lib 1.2.3 inner@^1.0.0 optional:fast@* peer:host@>=2 deprecated
//
// Lines that begin with # and empty ones are skipped. It panics on what it cannot read: the list is part of a test.
func Parse(list string) []Package {
	var all []Package
	for _, line := range strings.Split(list, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) == 1 {
			panic(fmt.Sprintf("npmtest: %q has no version", line))
		}
		p := Package{Name: fields[0], Version: fields[1], Dependencies: map[string]string{}, Optional: map[string]string{}, Peer: map[string]string{}}
		for _, field := range fields[2:] {
			into := p.Dependencies
			if field == "deprecated" {
				p.Deprecated = "no longer kept up"
				continue
			}
			if rest, ok := strings.CutPrefix(field, "optional:"); ok {
				into, field = p.Optional, rest
			} else if rest, ok := strings.CutPrefix(field, "peer:"); ok {
				into, field = p.Peer, rest
			}
			at := strings.Index(field[1:], "@") + 1
			if at < 1 {
				panic(fmt.Sprintf("npmtest: %q in %q; want name@range", field, line))
			}
			into[field[:at]] = field[at+1:]
		}
		all = append(all, p)
	}
	return all
}

// manifest returns the package.json of p as the registry's metadata holds it.
func (p Package) manifest() map[string]any {
	m := map[string]any{"name": p.Name, "version": p.Version, "main": "index.js", "license": "MIT"}
	for name, section := range map[string]map[string]string{"dependencies": p.Dependencies, "optionalDependencies": p.Optional,
		"peerDependencies": p.Peer, "scripts": p.Scripts} {
		if len(section) > 0 {
			m[name] = section
		}
	}
	return m
}

// tarball returns p as npm pack would, the same bytes each time.
func (p Package) tarball() []byte {
	text, err := json.MarshalIndent(p.manifest(), "", "  ")
	if err != nil {
		panic(err) // strings and maps of strings always encode
	}
	files := map[string]string{"package.json": string(text), "index.js": fmt.Sprintf("module.exports = { name: %q, version: %q }\n", p.Name, p.Version)}
	maps.Copy(files, p.Files)
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		header := &tar.Header{Name: "package/" + name, Mode: 0o644, Size: int64(len(files[name])), Typeflag: tar.TypeReg}
		if err := archive.WriteHeader(header); err != nil {
			panic(err)
		}
		_, _ = archive.Write([]byte(files[name])) // to memory
	}
	_ = archive.Close()
	_ = zip.Close()
	return out.Bytes()
}

// integrity returns the Subresource Integrity of p's tarball.
func (p Package) integrity() string {
	sum := sha512.Sum512(p.tarball())
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (p Package) shasum() string {
	sum := sha1.Sum(p.tarball())
	return hex.EncodeToString(sum[:])
}

// file is the path of p's tarball in the registry.
func (p Package) file() string {
	return fmt.Sprintf("/%s/-/%s-%s.tgz", p.Name, path.Base(p.Name), p.Version)
}
