package sandbox

import (
	"fmt"
	"strings"
)

// output keeps the head and the tail of what is written to it, and forgets the middle.
type output struct {
	half  int
	head  []byte
	tail  []byte // a ring once it is full
	next  int    // where the ring goes on
	total int64
}

func newOutput(limit int) *output {
	return &output{half: max(limit/2, 1)}
}

func (o *output) Write(p []byte) (int, error) {
	n := len(p)
	o.total += int64(n)
	if room := o.half - len(o.head); room > 0 {
		k := min(room, len(p))
		o.head = append(o.head, p[:k]...)
		p = p[k:]
	}
	if len(p) > o.half {
		p = p[len(p)-o.half:]
	}
	if room := o.half - len(o.tail); room > 0 {
		k := min(room, len(p))
		o.tail = append(o.tail, p[:k]...)
		p = p[k:]
	}
	for len(p) > 0 {
		k := copy(o.tail[o.next:], p)
		o.next = (o.next + k) % o.half
		p = p[k:]
	}
	return n, nil
}

// text returns what was kept, as valid UTF-8, and whether anything was cut.
func (o *output) text() (string, bool) {
	cut := o.total - int64(len(o.head)) - int64(len(o.tail))
	var b strings.Builder
	b.Write(o.head)
	if cut > 0 {
		fmt.Fprintf(&b, "\n[%d bytes cut]\n", cut)
	}
	b.Write(o.tail[o.next:])
	b.Write(o.tail[:o.next])
	return strings.ToValidUTF8(b.String(), "\uFFFD"), cut > 0
}
