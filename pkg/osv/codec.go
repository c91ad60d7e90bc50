package osv

import (
	"encoding/binary"
	"time"
)

// Rows and texts are made of these: a number is a varint, a text its length and its bytes, a list its length and its
// members, a time its seconds since 1970 plus one and its nanoseconds, or 0 where it is not known.

func appendCount(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)) }

func appendText[T ~string | ~[]byte](b []byte, s T) []byte {
	return append(appendCount(b, len(s)), s...)
}

func appendTexts(b []byte, list []string) []byte {
	b = appendCount(b, len(list))
	for _, s := range list {
		b = appendText(b, s)
	}
	return b
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	seconds := t.Unix()
	if seconds >= 0 { // 0 stays free
		seconds++
	}
	b = binary.AppendVarint(b, seconds)
	return binary.AppendUvarint(b, uint64(t.Nanosecond()))
}

// decoder reads what the functions above wrote. Text that it returns is part of s, so a row costs one allocation. It never
// fails on the way: bad is set where s is too short, and all that follows is empty.
type decoder struct {
	s   string
	bad bool
}

func (d *decoder) fail() { d.s, d.bad = "", true }

func (d *decoder) byte() byte {
	if d.s == "" {
		d.fail()
		return 0
	}
	c := d.s[0]
	d.s = d.s[1:]
	return c
}

func (d *decoder) number() uint64 {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		c := d.byte()
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	d.fail()
	return 0
}

// count reads the length of a list, each member of which takes a byte or more.
func (d *decoder) count() int {
	n := d.number()
	if n > uint64(len(d.s)) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.count()
	s := d.s[:n]
	d.s = d.s[n:]
	return s
}

func (d *decoder) texts() []string {
	n := d.count()
	if n == 0 {
		return nil
	}
	list := make([]string, 0, n)
	for range n {
		list = append(list, d.text())
	}
	return list
}

func (d *decoder) raw() []byte {
	s := d.text()
	if s == "" {
		return nil
	}
	return []byte(s)
}

func (d *decoder) time() time.Time {
	n := d.number()
	seconds := int64(n >> 1)
	if n&1 != 0 {
		seconds = ^seconds
	}
	if seconds == 0 {
		return time.Time{}
	}
	if seconds > 0 {
		seconds--
	}
	nanoseconds := d.number()
	if nanoseconds >= 1e9 {
		d.fail()
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanoseconds)).UTC()
}

// fixed reads an integer of n bytes.
func (d *decoder) fixed(n int) uint64 {
	if len(d.s) < n {
		d.fail()
		return 0
	}
	var v uint64
	for i := range n {
		v |= uint64(d.s[i]) << (8 * i)
	}
	d.s = d.s[n:]
	return v
}
