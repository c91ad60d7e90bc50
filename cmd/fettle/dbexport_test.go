package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// exported builds a small database and returns it with its export.
func exported(t *testing.T) (w *dbWorld, database, export []byte) {
	t.Helper()
	w = newDBWorld(t)
	var records strings.Builder
	for i := range 200 {
		records.WriteString(dbRecord(fmt.Sprintf("GHSA-%d", i), fmt.Sprintf("package-%d", i)) + "\n")
	}
	w.write(t, map[string]string{"good.jsonl": records.String(), "kev.csv": dbKEVText, "old.jsonl": dbRecord("GHSA-1", "one")})
	if err := runDB(t.Context(), w.environment, []string{"build", "--from", "good.jsonl", "--kev", "kev.csv"}); err != nil {
		t.Fatal(err)
	}
	w.out.Reset()
	if err := runDB(t.Context(), w.environment, []string{"export", "x.fdb"}); err != nil {
		t.Fatal(err)
	}
	sum, name, _ := strings.Cut(strings.TrimSpace(w.out.String()), "  ")
	if len(sum) != 64 || name != filepath.Join(w.dir, "x.fdb") {
		t.Errorf("export printed %q; want checksum and name as sha256sum does", w.out.String())
	}
	database, err := os.ReadFile(w.databasePath())
	if err != nil {
		t.Fatal(err)
	}
	export, err = os.ReadFile(filepath.Join(w.dir, "x.fdb"))
	if err != nil {
		t.Fatal(err)
	}
	return w, database, export
}

func TestImportBringsBackWhatWasExported(t *testing.T) {
	w, database, export := exported(t)
	z, err := gzip.NewReader(bytes.NewReader(export))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(z); err != nil || !bytes.Equal(plain, database) {
		t.Errorf("gunzip gives %d bytes, %v; want the database", len(plain), err)
	}
	sum, _, _ := strings.Cut(w.out.String(), " ")
	for name, args := range map[string][]string{
		"an export": {"x.fdb"}, "with its checksum": {"--sha256", strings.ToUpper(sum), "x.fdb"}, "the database itself": {w.databasePath()},
	} {
		args = append([]string{"import", "--out", "other/y.db"}, args...)
		if err := runDB(t.Context(), w.environment, args); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := os.ReadFile(filepath.Join(w.dir, "other", "y.db"))
		if err != nil || !bytes.Equal(got, database) {
			t.Errorf("%s: %d bytes, %v; want those exported", name, len(got), err)
		}
		if entries, err := os.ReadDir(filepath.Join(w.dir, "other")); err != nil || len(entries) != 1 {
			t.Errorf("%s: %v, %v left beside the database", name, entries, err)
		}
	}
	w.out.Reset()
	if err := runDB(t.Context(), w.environment, []string{"export", "-"}); err != nil || !bytes.Equal(w.out.Bytes(), export) {
		t.Errorf("to standard output: %d bytes, %v; want the same", w.out.Len(), err)
	}
}

// Every byte of the file counts: whichever is lost, changed or added, the import refuses the file and the old database stays.
func TestDamagedImportIsRefusedAndTheOldDatabaseStays(t *testing.T) {
	w, database, export := exported(t)
	if err := runDB(t.Context(), w.environment, []string{"build", "--from", "old.jsonl"}); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(w.databasePath())
	if err != nil {
		t.Fatal(err)
	}
	refused := func(name string, data []byte, args ...string) {
		t.Helper()
		w.write(t, map[string]string{"bad": string(data)})
		err := runDB(t.Context(), w.environment, append(append([]string{"import"}, args...), "bad"))
		if err == nil || !strings.Contains(err.Error(), "bad is refused: ") || !strings.Contains(err.Error(), "is as it was") {
			t.Errorf("%s: %v; want a refusal that says what stands", name, err)
		}
		if now, err := os.ReadFile(w.databasePath()); err != nil || !bytes.Equal(now, old) {
			t.Fatalf("%s: the old database changed: %v", name, err)
		}
		wantOnly(t, w, "advisories.db")
	}
	flipped := func(data []byte, at int) []byte {
		data = bytes.Clone(data)
		data[at] ^= 0x10
		return data
	}
	for i := 0; i < len(export); i += 1 + len(export)/60 {
		refused(fmt.Sprintf("export cut to %d of %d bytes", i, len(export)), export[:i])
		if i > 10 { // before it, gzip keeps the time and the system, which mean nothing here
			refused(fmt.Sprintf("bit of byte %d of %d", i, len(export)), flipped(export, i))
		}
	}
	for i := 0; i < len(database); i += 1 + len(database)/60 {
		refused(fmt.Sprintf("database cut to %d of %d bytes", i, len(database)), database[:i])
		refused(fmt.Sprintf("bit of byte %d of %d of the database", i, len(database)), flipped(database, i))
	}
	var foreign, twice bytes.Buffer
	z := gzip.NewWriter(&foreign)
	z.Write(database)
	z.Close()
	twice.Write(export)
	twice.Write(foreign.Bytes())
	refused("gzip of something", foreign.Bytes())
	refused("two files in one", twice.Bytes())
	refused("a byte more", append(bytes.Clone(export), 'x'))
	refused("a byte more after the database", append(bytes.Clone(database), 'x'))
	refused("text", []byte("<html>not found</html>"))
	refused("another checksum than wanted", export, "--sha256", strings.Repeat("0", 64))
}

// An export whose checksums all agree can still hold no database.
func TestImportOfAnHonestExportOfSomethingElseIsRefused(t *testing.T) {
	w := newDBWorld(t)
	w.write(t, map[string]string{"text": "no database"})
	var out bytes.Buffer
	if _, err := exportDB(t.Context(), &out, filepath.Join(w.dir, "text")); err != nil {
		t.Fatal(err)
	}
	w.write(t, map[string]string{"x.fdb": out.String()})
	if err := runDB(t.Context(), w.environment, []string{"import", "x.fdb"}); err == nil || !strings.Contains(err.Error(), "not a fettle database") {
		t.Error(err)
	}
}

func TestExportThatUnfoldsToMoreThanItSaysIsRefused(t *testing.T) {
	w := newDBWorld(t)
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Comment = fmt.Sprintf(exportComment, strings.Repeat("0", 64), 1000)
	z.Write(make([]byte, 10<<20))
	z.Close()
	w.write(t, map[string]string{"x.fdb": out.String()})
	if err := runDB(t.Context(), w.environment, []string{"import", "x.fdb"}); err == nil || !strings.Contains(err.Error(), "more than 1000 bytes") {
		t.Error(err)
	}
}

func TestDamagedDatabaseIsNotExported(t *testing.T) {
	w, database, _ := exported(t)
	damaged := bytes.Clone(database)
	damaged[len(damaged)/2] ^= 1
	w.write(t, map[string]string{"bad.db": string(damaged)})
	if err := runDB(t.Context(), w.environment, []string{"export", "--db", "bad.db", "y.fdb"}); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "y.fdb")); err == nil {
		t.Error("an export was written")
	}
}

func FuzzImport(f *testing.F) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Comment = fmt.Sprintf(exportComment, strings.Repeat("0", 64), 4)
	z.Write([]byte("text"))
	z.Close()
	f.Add(out.Bytes())
	f.Add(out.Bytes()[:20])
	f.Add([]byte("fettlepk"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		made := filepath.Join(dir, "made")
		os.Remove(made)
		if err := unfoldDB(bytes.NewReader(data), made, ""); err == nil && checkDB(made) == nil {
			t.Errorf("%q is a database", data)
		}
	})
}
