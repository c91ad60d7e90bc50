package ospkg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// change is an entry of a layer; a target makes it a link, a name that ends in / a folder.
type change struct{ name, text, target string }

func packed(t testing.TB, changes ...change) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, c := range changes {
		h := &tar.Header{Name: c.name, Mode: 0o644, Size: int64(len(c.text)), Typeflag: tar.TypeReg}
		switch {
		case c.target != "" && c.text == "hard":
			h.Typeflag, h.Linkname, h.Size, c.text = tar.TypeLink, c.target, 0, ""
		case c.target != "":
			h.Typeflag, h.Linkname = tar.TypeSymlink, c.target
		case c.name[len(c.name)-1] == '/':
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(c.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t testing.TB, data []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}

func asJSON(t testing.TB, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// docker is what docker save wrote before it wrote OCI layouts.
func docker(t testing.TB, layers ...[]byte) []change {
	var names []string
	var all []change
	for i, l := range layers {
		name := string(rune('a'+i)) + "/layer.tar"
		names = append(names, name)
		all = append(all, change{name: name, text: string(l)})
	}
	return append(all, change{name: "config.json", text: "{}"}, change{name: "manifest.json", text: asJSON(t, []any{map[string]any{"Config": "config.json", "RepoTags": []string{"a:1"}, "Layers": names}})})
}

func blob(all *[]change, data string) (digest string) {
	sum := sha256.Sum256([]byte(data))
	digest = "sha256:" + hex.EncodeToString(sum[:])
	*all = append(*all, change{name: blobPath(digest), text: data})
	return digest
}

// oci is an OCI layout of an index in an index, with an attestation and another platform.
func oci(t testing.TB, layers ...[]byte) []change {
	all := []change{{name: "oci-layout", text: `{"imageLayoutVersion": "1.0.0"}`}}
	var list []map[string]any
	for _, l := range layers {
		list = append(list, map[string]any{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": blob(&all, string(l))})
	}
	image := blob(&all, asJSON(t, map[string]any{"layers": list}))
	other := blob(&all, `{"layers": []}`)
	index := blob(&all, asJSON(t, map[string]any{"manifests": []any{
		map[string]any{"digest": other, "platform": map[string]string{"os": "unknown", "architecture": "unknown"}, "annotations": map[string]string{"vnd.docker.reference.type": "attestation-manifest"}},
		map[string]any{"digest": other, "platform": map[string]string{"os": "linux", "architecture": "arm64"}},
		map[string]any{"digest": image, "platform": map[string]string{"os": "linux", "architecture": "amd64"}},
	}}))
	return append([]change{{name: "index.json", text: asJSON(t, map[string]any{"manifests": []any{map[string]any{"digest": index}}})}}, all...)
}

func written(t testing.TB, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func unpacked(t testing.TB, changes []change) string {
	t.Helper()
	dir := t.TempDir()
	for _, c := range changes {
		file := filepath.Join(dir, filepath.FromSlash(c.name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
