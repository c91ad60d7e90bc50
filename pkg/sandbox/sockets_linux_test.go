package sandbox

import (
	"testing"

	"golang.org/x/sys/unix"
)

const tcpTable = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 12 1 0 100 0 0 10 0
   2: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 13 1 0 100 0 0 10 0
   3: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 14 1 0 100 0 0 10 0
   4: broken
`

func TestPortIsTheRunsOnlyIfAllListenersAre(t *testing.T) {
	table := socketTable{listening: map[uint16]map[uint64]bool{}, active: map[uint64]bool{}}
	table.parse(tcpTable)
	owner := func(own ...uint64) func(map[uint64]bool) bool {
		return func(inodes map[uint64]bool) bool {
			n := 0
			for _, i := range own {
				if inodes[i] {
					n++
				}
			}
			return n == len(inodes)
		}
	}
	for _, c := range []struct {
		name string
		port uint16
		own  []uint64
		want bool
	}{
		{"all", 8080, []uint64{11, 13}, true},
		{"one of two addresses", 8080, []uint64{13}, false},
		{"another's", 22, []uint64{11, 13}, false},
		{"nobody's", 81, []uint64{11}, false},
	} {
		if got := table.ownPort(c.port, owner(c.own...)); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
	if !table.connected(12) || table.connected(11) {
		t.Error("socket 12 is connected, socket 11 listens")
	}
}

func TestSocketAddressesAreRead(t *testing.T) {
	v4 := []byte{unix.AF_INET, 0, 0x1f, 0x90, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}
	v6 := make([]byte, 28)
	v6[0], v6[2], v6[3], v6[23] = unix.AF_INET6, 0x1f, 0x90, 1
	mapped := append([]byte(nil), v6...)
	copy(mapped[18:], []byte{0xff, 0xff, 10, 0, 0, 1})
	for _, c := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"IPv4", v4, "127.0.0.1:8080"},
		{"IPv4 unspecified", []byte{unix.AF_INET, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "127.0.0.1:80"},
		{"IPv6", v6, "[::1]:8080"},
		{"IPv6 without scope", v6[:24], "[::1]:8080"},
		{"IPv4 in IPv6", mapped, "[::ffff:10.0.0.1]:8080"},
		{"too short", v4[:8], ""},
		{"empty", nil, ""},
		{"another family", []byte{99, 0, 0, 0}, ""},
	} {
		got, err := parseAddress(c.raw)
		if (err != nil) != (c.want == "") || err == nil && got.String() != c.want {
			t.Errorf("%s: got %v, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func FuzzSockets(f *testing.F) {
	f.Add([]byte(tcpTable))
	f.Add([]byte{unix.AF_INET, 0, 0, 80, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, data []byte) {
		socketTable{listening: map[uint16]map[uint64]bool{}, active: map[uint64]bool{}}.parse(string(data))
		if addr, err := parseAddress(data); err == nil && !addr.IsValid() {
			t.Errorf("%x: invalid address without an error", data)
		}
		socketInode(string(data))
	})
}
