package java

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// pooled writes a class file whose constant pool holds texts, and which calls a.B.c.
func pooled(name string, texts ...string) []byte {
	var b bytes.Buffer
	u2 := func(n int) { _ = binary.Write(&b, binary.BigEndian, uint16(n)) }
	text := func(s string) { b.WriteByte(1); u2(len(s)); b.WriteString(s) }
	b.Write([]byte{0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61})
	u2(13 + len(texts))
	text(name) // 1
	b.WriteByte(7)
	u2(1)           // 2
	text("x/Super") // 3
	b.WriteByte(7)
	u2(3)          // 4
	text("[La/B;") // 5
	b.WriteByte(7)
	u2(5)                                // 6
	text("c")                            // 7
	text("(La/D<La/E;>;I[La/F;)La/G$H;") // 8
	b.WriteByte(12)
	u2(7)
	u2(8) // 9
	b.WriteByte(10)
	u2(6)
	u2(9) // 10
	b.WriteByte(5)
	b.Write(make([]byte, 8)) // 11 and 12
	for _, t := range texts {
		text(t)
	}
	u2(0x21)
	u2(2)
	u2(4)
	u2(0) // interfaces
	u2(0) // fields
	u2(1) // methods
	u2(1)
	u2(7)
	u2(8)
	u2(0)
	u2(0)
	return b.Bytes()
}

func TestAClassFileNamesClassesInManyPlaces(t *testing.T) {
	c, err := readClass(pooled("x/Y", "Lann/Note;", "plain text", "see org.one.Two for META-INF/x.y, or one"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a.B", "a.D", "a.E", "a.F", "a.G$H", "ann.Note", "x.Super"}; !slices.Equal(c.refs, want) {
		t.Errorf("refs %v, want %v", c.refs, want)
	}
	if c.name != "x.Y" || !slices.Equal(c.supers, []string{"x.Super"}) || !slices.Equal(c.own, []string{"c"}) || !slices.Equal(c.calls, []member{{"a.B", "c"}}) {
		t.Errorf("%+v", c)
	}
	for _, want := range []string{"org.one.Two", "META-INF/x.y"} {
		if !slices.Contains(c.texts, want) {
			t.Errorf("texts %v lack %s", c.texts, want)
		}
	}
}

func TestACutClassFileIsAnError(t *testing.T) {
	whole := pooled("x/Y")
	for n := range len(whole) - 2 {
		if _, err := readClass(whole[:n]); err == nil {
			t.Fatalf("%d of %d bytes are read as a class", n, len(whole))
		}
	}
}

func FuzzReadClass(f *testing.F) {
	f.Add(pooled("x/Y", "La/B;", "[[[La/B<", "L;", "a.b.c"))
	f.Add([]byte{0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61, 0xff, 0xff, 1, 0xff, 0xff})
	f.Add([]byte("\xef\xbb\xbfno class"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := readClass(data)
		if err == nil && slices.Contains(c.refs, "") {
			t.Errorf("an empty name in %q", c.refs)
		}
	})
}

// packed writes a jar.
func packed(files map[string][]byte) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, data := range files {
		out, err := w.Create(name)
		if err == nil {
			_, err = out.Write(data)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func FuzzJar(f *testing.F) {
	f.Add(packed(map[string][]byte{"a/B.class": pooled("a/B"), "../../x.class": nil, "META-INF/services/a.B": []byte("a.C\r\n#"), "META-INF/versions/9/a/B.class": []byte("cut")}))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := jarOf(data)
		if err != nil {
			return
		}
		w := newWorld()
		if w.add(j) != nil {
			return
		}
		walk := newWalk(t.Context(), w)
		walk.wide = true
		for name := range j.classes {
			walk.meet(&step{class: name})
		}
		if err := walk.run(); err != nil {
			t.Error(err)
		}
	})
}

func TestNamesAreResolvedToTheLongestClass(t *testing.T) {
	has := func(name string) bool { return slices.Contains([]string{"a.B", "a.B$C", "x.Y"}, name) }
	for name, want := range map[string]string{"a.B": "a.B ", "a.B.C": "a.B$C ", "a.B.C.d": "a.B$C d", "a.B.e": "a.B e", "a.B$C": "a.B$C ", "a": "", "a.C": "", "": "", ".": "", "x.Y.Z.q": "x.Y Z.q", "...": ""} {
		class, rest, ok := resolveIn(name, has)
		if got := class + " " + rest; ok && got != want || ok != (want != "") {
			t.Errorf("%q is %q, %t; want %q", name, got, ok, want)
		}
	}
}

func TestTestsAreToldByFolderThenName(t *testing.T) {
	for file, want := range map[string]bool{"src/test/java/A.java": true, "web/src/test/java/A.java": true, "src/main/java/SpeedTest.java": false, "src/main/java/A.java": false, "test/ATest.java": true,
		"app/AIT.java": false, "src/java/CommitIT.java": false, "core/tests/x/AIT.java": true, "src/it/java/A.java": true, "app/A.java": false, "src/main/java/x/test/A.java": false} {
		if got := (Analyst{}).Tests(file); got != want {
			t.Errorf("%s: %t", file, got)
		}
	}
}
