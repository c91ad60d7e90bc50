package golang

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNamesOfAnAdvisoryAreComparedWithWhatIsInstalled(t *testing.T) {
	text := `package p

import "io"

type Plain struct{ n int }

func (Plain) Run() {}

type Outer struct{ *Plain }

type Deep struct{ Outer }

type Foreign struct{ io.Reader }

type Doer interface{ Do() }

type Holder struct{ Doer }

type Other = Plain

func (p *Generic[T]) Get() {}

type Generic[T any] struct{ Deep }
`
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	b := &build{declared: map[*listed]declarations{}}
	d := b.declarations(&listed{Dir: dir, GoFiles: []string{"p.go"}})
	for _, tt := range []struct{ names, want string }{
		{"Plain.Run", ""},
		{"Plain.Run Outer.Run", ""}, // a call of the second is one of the first
		{"Outer.Run", "from another type"},
		{"Plain.Run Generic.Run", ""},
		{"Generic.Run", "from another type"},
		{"Generic.Get", ""},
		{"Plain.Run Outer.Gone", ""}, // of another version
		{"Plain.Gone", "declares none"},
		{"Plain.Run Foreign.Read", "from another type"},
		{"Doer.Do", "leaves to others"},
		{"Holder.Do", "leaves to others"},
		{"Plain.Run Holder.Gone", ""},
		{"Other.Run", "from another type"},
		{"", ""},
	} {
		got := d.lacks(symbol{Path: "p", Names: strings.Fields(tt.names)})
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q; want %q", tt.names, got, tt.want)
		}
	}
}
