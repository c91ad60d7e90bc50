package java

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Bounds of what is read of jars.
const (
	maxJars     = 1_500
	maxJar      = 256 << 20 // bytes of one jar
	maxEntries  = 100_000   // of one jar
	maxClasses  = 600_000   // of all jars
	maxResource = 1 << 20   // bytes of one resource
	maxInflated = 1 << 30   // bytes that are unpacked in all, one after the other
)

// jar is an archive of classes, or a file that could not be read as one.
type jar struct {
	key     string // of its node; "" where the lockfile does not have it
	label   string // for people: name@version, or the file in the tree
	test    bool   // on the classpath of tests only
	classes map[string][]*zip.File
	others  []*zip.File // what is no class
	close   func() error
}

// openJar lists what the jar at file holds.
func openJar(file string) (*jar, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, project.Plain(err)
	}
	info, err := in.Stat()
	if err != nil || !info.Mode().IsRegular() {
		in.Close()
		return nil, errors.New("not a regular file")
	}
	j, err := listJar(in, info.Size())
	if err != nil {
		in.Close()
		return nil, err
	}
	j.close = in.Close
	return j, nil
}

// jarOf lists what a jar in memory holds.
func jarOf(data []byte) (*jar, error) {
	j, err := listJar(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	j.close = func() error { return nil }
	return j, nil
}

func listJar(in io.ReaderAt, size int64) (*jar, error) {
	if size > maxJar {
		return nil, fmt.Errorf("larger than %d MiB", maxJar>>20)
	}
	archive, err := zip.NewReader(in, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, errors.New("is no jar, or is cut off")
	}
	if len(archive.File) > maxEntries {
		return nil, fmt.Errorf("more than %d entries", maxEntries)
	}
	j := &jar{classes: map[string][]*zip.File{}}
	for _, f := range archive.File {
		if name, ok := classEntry(f.Name); ok {
			j.classes[name] = append(j.classes[name], f)
		} else if f.Name != "" && !strings.HasSuffix(f.Name, "/") && !strings.HasSuffix(f.Name, ".class") {
			j.others = append(j.others, f)
		}
	}
	return j, nil
}

// classEntry is the name of the class that an entry of a jar holds.
func classEntry(entry string) (string, bool) {
	name, ok := strings.CutSuffix(entry, ".class")
	if !ok || len(entry) > 1000 {
		return "", false
	}
	if rest, ok := strings.CutPrefix(name, "META-INF/versions/"); ok { // for newer releases of Java
		_, name, _ = strings.Cut(rest, "/")
	}
	name = strings.TrimPrefix(name, "WEB-INF/classes/")
	if base := path.Base(name); base == "module-info" || base == "package-info" || strings.HasPrefix(name, "META-INF/") {
		return "", false
	}
	return strings.ReplaceAll(name, "/", "."), true
}

// budget is what may still be unpacked.
type budget struct{ left int64 }

// unpack returns the content of an entry of at most limit bytes.
func (b *budget) unpack(f *zip.File, limit int64) ([]byte, error) {
	if b.left <= 0 {
		return nil, fmt.Errorf("more than %d MiB of classes, the rest is not read", maxInflated>>20)
	}
	in, err := f.Open()
	if err != nil {
		return nil, errors.New("cannot be unpacked")
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	b.left -= int64(len(data))
	if err != nil {
		return nil, errors.New("cannot be unpacked")
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("larger than %d KiB", limit>>10)
	}
	return data, nil
}

// plainEntries are resources that no program reads for names of classes: papers, and what builds and editors read.
var plainEntries = []string{"META-INF/MANIFEST.MF", "META-INF/maven/", "META-INF/native-image/", "META-INF/LICENSE", "META-INF/NOTICE", "META-INF/DEPENDENCIES", "META-INF/INDEX.LIST",
	"META-INF/spring-configuration-metadata.json", "META-INF/additional-spring-configuration-metadata.json", "META-INF/spring-autoconfigure-metadata.properties", "META-INF/spring.tooling",
	"META-INF/README", "META-INF/CHANGES", "META-INF/AL2.0", "META-INF/LGPL", "META-INF/licenses/", "META-INF/proguard/", "META-INF/sbom/", "META-INF/ECLIPSE"}

var textEntries = []string{".xml", ".properties", ".factories", ".imports", ".json", ".yml", ".yaml", ".conf", ".cfg", ".handlers", ".schemas", ".providers", ".dat", ".tld", ".lst", ".list", ".config", ".ini", ".toml", ".groovy", ".txt", ".components", ".idx", ".index"}

// configures reports whether a resource may name classes that are then loaded.
func configures(name string) bool {
	if slices.ContainsFunc(plainEntries, func(p string) bool { return strings.HasPrefix(name, p) }) {
		return false
	}
	ext := path.Ext(path.Base(name))
	return slices.Contains(textEntries, ext) || strings.HasPrefix(name, "META-INF/") && (ext == "" || strings.HasPrefix(name, "META-INF/services/") || strings.Count(name, "/") >= 2 && !strings.HasSuffix(name, ".jar"))
}
