package osv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"unsafe"

	"github.com/klauspost/compress/zstd"
)

// The text of a record is all that matching does not need, and the specifics are the same of its entries about one
// package. A record about one package alone has the specifics right behind the text, in one piece. A piece is a CRC-32C (4)
// and a zstd frame, compressed with the section's phrases: most advisories repeat what others say.

func appendRecordText(b []byte, r Record) []byte {
	b = appendTime(b, r.Published)
	b = appendTexts(b, r.Related)
	b = appendTexts(b, r.Upstream)
	b = appendText(b, r.Summary)
	b = appendText(b, r.Details)
	b = appendSeverity(b, r.Severity)
	b = appendCount(b, len(r.References))
	for _, ref := range r.References {
		b = appendText(appendText(b, ref.Type), ref.URL)
	}
	b = appendTexts(b, r.Database.CWEs)
	return appendText(b, r.Database.Severity)
}

// appendSpecifics writes the texts of entries in the order of their row, each with its length before it.
func appendSpecifics(b []byte, entries []AffectedPackage) []byte {
	b = appendCount(b, len(entries))
	var scratch []byte
	for _, a := range entries {
		scratch = appendText(scratch[:0], a.Package.PURL)
		scratch = appendSeverity(scratch, a.Severity)
		scratch = appendText(scratch, a.EcosystemSpecific)
		scratch = appendText(scratch, a.DatabaseSpecific)
		for _, r := range a.Ranges {
			scratch = appendText(scratch, r.DatabaseSpecific)
		}
		b = appendText(b, scratch)
	}
	return b
}

func appendSeverity(b []byte, list []Severity) []byte {
	b = appendCount(b, len(list))
	for _, s := range list {
		b = appendText(appendText(b, s.Type), s.Score)
	}
	return b
}

func (d *decoder) recordText(r *Record) {
	r.Published = d.time()
	r.Related, r.Upstream = d.texts(), d.texts()
	r.Summary, r.Details = d.text(), d.text()
	r.Severity = d.severity()
	if n := d.count(); n > 0 {
		r.References = make([]Reference, n)
		for i := range r.References {
			r.References[i] = Reference{Type: d.text(), URL: d.text()}
		}
	}
	r.Database.CWEs, r.Database.Severity = d.texts(), d.text()
}

func (d *decoder) severity() []Severity {
	n := d.count()
	if n == 0 {
		return nil
	}
	list := make([]Severity, n)
	for i := range list {
		list[i] = Severity{Type: d.text(), Score: d.text()}
	}
	return list
}

// specifics reads the texts of entries, which stand at places among those that were written.
func (d *decoder) specifics(entries []AffectedPackage, places []int) {
	next := 0
	for i := range d.count() {
		e := decoder{s: d.text()}
		if next == len(places) || places[next] != i {
			continue
		}
		a := &entries[next]
		next++
		a.Package.PURL = e.text()
		a.Severity = e.severity()
		a.EcosystemSpecific, a.DatabaseSpecific = e.raw(), e.raw()
		for j := range a.Ranges {
			a.Ranges[j].DatabaseSpecific = e.raw()
		}
		if e.bad {
			d.fail()
		}
	}
	if next != len(places) {
		d.fail()
	}
}

// maxPhrases is the size of the dictionary: real texts shrink to a quarter with 64 KiB, and hardly further with more.
const (
	maxPhrases = 64 << 10
	phrase     = 512 // bytes that one text gives to the dictionary
)

// compressor writes pieces.
type compressor struct{ zstd *zstd.Encoder }

// newCompressor uses the fastest level, whose pieces are within 4 % of the next one's at half of the time.
func newCompressor(phrases []byte) (*compressor, error) {
	options := []zstd.EOption{zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false)}
	if len(phrases) > 0 {
		options = append(options, zstd.WithEncoderDictRaw(1, phrases))
	}
	e, err := zstd.NewWriter(nil, options...)
	if err != nil {
		return nil, fmt.Errorf("compress the texts of advisories: %w", err)
	}
	return &compressor{zstd: e}, nil
}

// append adds the piece that holds text to b.
func (c *compressor) append(b, text []byte) []byte {
	at := len(b)
	b = c.zstd.EncodeAll(text, append(b, 0, 0, 0, 0))
	binary.LittleEndian.PutUint32(b[at:], crc32.Checksum(b[at+sumSize:], castagnoli))
	return b
}

// decompressor reads pieces, and is made when the first one is.
type decompressor struct {
	once    sync.Once
	zstd    *zstd.Decoder
	phrases []byte
	err     error
}

// text returns what the piece holds.
func (c *decompressor) text(piece []byte) (string, error) {
	c.once.Do(func() {
		options := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(2 * MaxRecord)}
		if len(c.phrases) > 0 {
			options = append(options, zstd.WithDecoderDictRaw(1, c.phrases))
		}
		c.zstd, c.err = zstd.NewReader(nil, options...)
	})
	if c.err != nil {
		return "", c.err
	}
	if len(piece) < sumSize || crc32.Checksum(piece[sumSize:], castagnoli) != binary.LittleEndian.Uint32(piece) {
		return "", errors.New("wrong checksum")
	}
	text, err := c.zstd.DecodeAll(piece[sumSize:], nil)
	return unsafe.String(unsafe.SliceData(text), len(text)), err // no one else has text
}
