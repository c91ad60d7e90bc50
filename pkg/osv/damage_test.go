package osv

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
)

func TestDamagedDatabaseIsAnError(t *testing.T) {
	whole := section(t, sample)
	sizes := whole[len(whole)-trailerSize:]
	texts := int(binary.LittleEndian.Uint64(sizes))
	index := texts + int(binary.LittleEndian.Uint64(sizes[8:]))
	// answer asks for everything that the section holds.
	answer := func(b []byte) error {
		db, err := OpenDatabase(b)
		if err != nil {
			return err
		}
		for _, p := range []Package{{Ecosystem: "npm", Name: "left"}, {Ecosystem: "npm", Name: "right"}, {Ecosystem: "npm", Name: "gone"},
			{Ecosystem: "PyPI", Name: "left-pad"}, {Ecosystem: "Debian:11", Name: "bash"}} {
			records, err := db.Find(p.Ecosystem, p.Name)
			if err != nil {
				return err
			}
			for _, r := range records {
				if _, err := r.Describe(); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := answer(whole); err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		b := bytes.Clone(whole)
		b[at] ^= 1
		if err := answer(b); err == nil || !strings.Contains(err.Error(), "fettle db build") {
			t.Errorf("byte %d flipped (texts end at %d, rows at %d): %v; want an error with the remedy", at, texts, index, err)
		}
		if err := answer(whole[:at]); err == nil {
			t.Errorf("cut short at %d: no error", at)
		}
	}
}

func TestDamageElsewhereDoesNotStopAnAnswer(t *testing.T) {
	whole := section(t, sample)
	records, err := open(t, whole).Find("npm", "left")
	if err != nil {
		t.Fatal(err)
	}
	whole[records[0].rest.text.offset+sumSize+3] ^= 1
	db := open(t, whole)
	if found, err := db.Find("npm", "left"); err != nil || len(found) != 2 {
		t.Errorf("%d records, %v", len(found), err)
	} else if _, err := found[0].Describe(); err == nil || !strings.Contains(err.Error(), found[0].ID) {
		t.Errorf("a changed text was returned: %v", err)
	} else if _, err := found[1].Describe(); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range sample {
		f.Add([]byte(s), "1.0.0")
	}
	f.Add([]byte(`{"id":"A","affected":[{"package":{"ecosystem":"PyPI","name":"p"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"1!0"},{"limit":"*"}]}]}],"database_specific":{"cwe_ids":7,"severity":[]}}`), "1.0rc1")
	f.Add([]byte(`{"id":"A","database_specific":[],"affected":null,"aliases":null,"withdrawn":null}`), "x")
	f.Fuzz(func(t *testing.T, data []byte, version string) {
		r, err := Parse(data)
		if err != nil {
			return
		}
		for _, a := range r.Affected {
			if _, err := a.Affects(a.Package.Ecosystem, version); err != nil {
				continue
			}
		}
		for _, a := range Fold([]Record{r}, nil) {
			for _, p := range r.Affected {
				a.Affects(p.Package.Ecosystem, p.Package.Name, version)
			}
		}
		blob, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("marshal: %v", err)
		}
		again, err := Parse(blob)
		if err != nil {
			t.Fatalf("parse again: %v", err)
		}
		second, err := json.Marshal(again)
		if err != nil || !bytes.Equal(blob, second) {
			t.Fatalf("not stable: %v\n%s\n%s", err, blob, second)
		}
	})
}

func FuzzOpenDatabase(f *testing.F) {
	whole := section(f, append(slices.Clone(sample), full))
	f.Add(whole)
	f.Add(whole[:trailerSize])
	f.Add(whole[len(whole)-trailerSize:])
	f.Add(whole[len(whole)/2:])
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range [][]byte{data, mend(data)} {
			db, err := OpenDatabase(d)
			if err != nil {
				continue
			}
			for _, p := range []Package{{Ecosystem: "npm", Name: "left"}, {Ecosystem: "PyPI", Name: "left-pad"}, {Ecosystem: "Debian", Name: "a"}} {
				records, err := db.Find(p.Ecosystem, p.Name)
				if err != nil {
					continue
				}
				for _, r := range records {
					r.Describe()
					r.Affects(p.Ecosystem, p.Name, "1.0.0")
				}
			}
			db.Aliases("CVE-2020-1")
			db.Count()
			db.Sources()
		}
	})
}

func FuzzRow(f *testing.F) {
	r, err := Parse([]byte(full))
	if err != nil {
		f.Fatal(err)
	}
	row := appendOthers(appendRow(nil, r, 0, "Go", "code.example/a", r.Affected), []string{"CVE-2020-1"})
	text := appendSpecifics(appendRecordText(nil, r), r.Affected)
	f.Add(row, text)
	f.Add(row[:rowPointers+5], text[:9])
	f.Add(bytes.Repeat([]byte{0xff}, 64), bytes.Repeat([]byte{0xff}, 64))
	f.Fuzz(func(t *testing.T, row, text []byte) {
		one := decoder{s: string(row)}
		r := one.row("Go", "Go", "code.example/a")
		d := decoder{s: string(text)}
		d.recordText(&r.record)
		if !one.bad {
			d.specifics(r.record.Affected, r.places)
		}
		r.record.Affects("Go", "code.example/a", "1.0.0")
	})
}

func mend(data []byte) []byte {
	d := bytes.Clone(data)
	if len(d) < trailerSize {
		return d
	}
	trailer := d[len(d)-trailerSize:]
	begin := binary.LittleEndian.Uint64(trailer) + binary.LittleEndian.Uint64(trailer[8:])
	end := len(d) - len(dbMagic) - 4
	if begin > uint64(end) {
		return d
	}
	binary.LittleEndian.PutUint32(d[end:], crc32.Checksum(d[begin:end], castagnoli))
	at, err := readLayout(d, bytes.NewReader(d))
	if err != nil {
		return d
	}
	keys := at.tables[tableKeys]
	for n := 0; ; n++ {
		from, okFrom := long(keys, n*keyRow+4)
		to, okTo := long(keys, (n+1)*keyRow+4)
		if !okFrom || !okTo || n > 1000 {
			return d
		}
		if to-from >= sumSize && to <= at.end-at.rows {
			rows := d[at.rows+from : at.rows+to]
			binary.LittleEndian.PutUint32(rows, crc32.Checksum(rows[sumSize:], castagnoli))
		}
	}
}
