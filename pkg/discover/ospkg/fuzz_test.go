package ospkg

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// check says what is wrong with any reading.
func check(t *testing.T, r project.Reading, lines int) {
	t.Helper()
	if len(r.Projects) == 0 && len(r.Gaps) == 0 {
		t.Error("silence")
	}
	for _, p := range r.Projects {
		keys := map[string]bool{}
		for _, n := range p.Nodes {
			if keys[n.Key] || n.Scope == "" || n.Version == "" && n.NoVersion == "" || n.Location.Path == "" || n.Location.EndLine > lines {
				t.Errorf("%+v", n)
			}
			keys[n.Key] = true
		}
	}
}

// memory is a tree of files without links.
func memory(files map[string]string) *merged {
	m := newMerged()
	for name, text := range files {
		m.entries[name] = entry{kind: '0', data: []byte(text)}
	}
	return m
}

func FuzzDatabases(f *testing.F) {
	for _, text := range []string{debian, alpine, smallStatus, "", "\n\n\n", "Package: a\nPackage: b\nDepends: a, a | a\n", "\xef\xbb\xbf" + debian, strings.ReplaceAll(debian, "\n", "\r\n"),
		"P:a\nV:1\nD:a b\n\nP:b\nV:1\nD:a so:x=1 !c\np:so:x=2 a\n", " Depends: x\n:\n(", "Package: a\nVersion: 1\nDepends: " + strings.Repeat("a | ", 5000)} {
		f.Add(text, debian)
	}
	f.Fuzz(func(t *testing.T, text, states string) {
		lines := strings.Count(text, "\n") + 1
		for _, file := range []string{dpkgStatus, apkInstalled[0], "etc/os-release", dpkgFolder + "/a"} {
			s := &system{tree: memory(map[string]string{"etc/os-release": bookworm, aptStates: states, apkWorld: states, file: text})}
			if err := s.read(t.Context()); err != nil {
				t.Fatal(err)
			}
			check(t, s.r, lines)
		}
	})
}

func FuzzRPM(f *testing.F) {
	if os.Getenv("FETTLE_RPM_SEEDS") != "" {
		for _, file := range rpmFiles(f) {
			if data, err := os.ReadFile(file); err == nil && len(data) < 4<<20 {
				f.Add(data)
			}
		}
	}
	for _, seed := range [][]byte{nil, {0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 3, 0xe8, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 0}, bdbSeed(), ndbSeed(), bytes.Repeat([]byte{0xff}, 600)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := parseHeader(data, new(maxTexts)); err == nil && p.name == "" {
			t.Error("a package without a name")
		}
		for _, read := range []func([]byte) ([][]byte, error){bdbHeaders, ndbHeaders} {
			headers, _ := read(data)
			total := 0
			for _, h := range headers {
				total += len(h)
			}
			if total > 2*len(data) {
				t.Errorf("%d bytes of headers in %d", total, len(data))
			}
			s := &system{tree: memory(nil)}
			s.rpmHeaders("var/lib/rpm/Packages", headers)
			check(t, s.r, 1)
		}
	})
}

// header is that of a package, with one requirement.
func header(name string) []byte {
	b := []byte{0, 0, 0, 3, 0, 0, 0, 0}
	var data []byte
	for _, t := range []struct {
		id   uint16
		kind byte
		text string
	}{{tagName, typeString, name}, {tagVersion, typeString, "1"}, {tagRequires, typeStrings, "/bin/sh"}} {
		b = append(b, 0, 0, byte(t.id>>8), byte(t.id), 0, 0, 0, t.kind, 0, 0, 0, byte(len(data)), 0, 0, 0, 1)
		data = append(append(data, t.text...), 0)
	}
	b[7] = byte(len(data))
	return append(b, data...)
}

// bdbSeed is a database of one package in three pages.
func bdbSeed() []byte {
	b := make([]byte, 3*512)
	copy(b[12:], []byte{0x61, 0x15, 0x06, 0})
	b[21], b[25] = 2, 8
	page := b[512:]
	page[20], page[25] = 2, 13
	page[26], page[28], page[29] = 100, 0, 1 // the key at 100, the value at 256
	page[256], page[260] = 3, 2
	over := b[1024:]
	over[25] = 7
	over[22] = byte(copy(over[26:], header("bash")))
	page[264] = over[22]
	return b
}

// ndbSeed is a database of one package behind a page of slots.
func ndbSeed() []byte {
	b := make([]byte, 4096)
	copy(b, "RpmP")
	b[12] = 1
	for at := 32; at < 4096; at += 16 {
		copy(b[at:], "Slot")
	}
	b[36], b[41] = 1, 1 // package 1 in block 256
	h := header("bash")
	b = append(b, 'B', 'l', 'b', 'S', 1, 0, 0, 0, 0, 0, 0, 0, byte(len(h)), 0, 0, 0)
	return append(b, h...)
}

func TestTheSmallestDatabasesOfRPMAreRead(t *testing.T) {
	for name, read := range map[string]func() ([][]byte, error){
		"Berkeley DB": func() ([][]byte, error) { return bdbHeaders(bdbSeed()) },
		"ndb":         func() ([][]byte, error) { return ndbHeaders(ndbSeed()) },
	} {
		headers, err := read()
		if err != nil || len(headers) != 1 {
			t.Errorf("%s: %d headers, %v", name, len(headers), err)
			continue
		}
		if p, err := parseHeader(headers[0], new(maxTexts)); err != nil || p.name != "bash" || p.version != "1" || len(p.requires) != 1 {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestChainsOfPagesThatGoRoundEnd(t *testing.T) {
	b := bdbSeed()
	b[1024+16] = 2 // the page goes on with itself
	headers, err := bdbHeaders(b)
	if len(headers) != 0 || err == nil || !strings.Contains(err.Error(), "share pages") {
		t.Errorf("%d headers, %v", len(headers), err)
	}
}

func FuzzImage(f *testing.F) {
	base := packed(f, change{name: "etc/os-release", text: bookworm}, change{name: dpkgStatus, text: smallStatus}, change{name: "var/.wh.lib"}, change{name: "lib", target: "../usr/lib"})
	for _, image := range [][]byte{packed(f, docker(f, base, gzipped(f, base))...), packed(f, oci(f, zstandard(f, base))...), gzipped(f, packed(f, docker(f, base)...)), nil, base} {
		f.Add(image)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := newBlobs(int64(len(data)))
		b.budget.left = 64 << 20
		file := written(t, data)
		if err := b.readArchive(t.Context(), file); err != nil {
			return
		}
		layers, _, err := b.layersOf()
		if err != nil {
			return
		}
		m := newMerged()
		for _, l := range layers {
			if l.layer != nil {
				m.apply(l.layer)
			}
		}
		s := &system{tree: m}
		if err := s.read(t.Context()); err != nil {
			t.Fatal(err)
		}
		check(t, s.r, 1<<30)
	})
}
