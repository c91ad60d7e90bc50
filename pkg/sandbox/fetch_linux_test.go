package sandbox

import (
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFetchPhaseReachesNoLinkLocalAddress(t *testing.T) {
	for _, c := range []struct {
		to   string
		want bool
	}{
		{"169.254.169.254:80", true}, {"[fe80::1]:80", true}, {"[::ffff:169.254.169.254]:80", true}, {"[fd00:ec2::254]:80", true},
		{"127.0.0.1:80", true}, {"127.0.0.1:4873", false}, {"[::1]:80", true}, {"10.1.2.3:80", true}, {"10.1.2.4:80", false},
	} {
		r := reach{closed: true, own: []netip.Addr{netip.MustParseAddr("10.1.2.3")}, allowed: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:4873")}}
		if got := r.refuses(netip.MustParseAddrPort(c.to)); got != c.want {
			t.Errorf("%s: got %v", c.to, got)
		}
	}
	each(t, func(t *testing.T, s *Sandbox) {
		res := s.attack(t, place(t), Command{Network: true}, "connect", "tcp", "169.254.169.254:80")
		if res.Code != 1 || res.Output != "dial tcp 169.254.169.254:80: connect: permission denied\n" {
			t.Errorf("%+v", res)
		}
	})
}

func TestFetchPhaseReachesOnlyNamedServicesOfThisMachine(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr := l.Addr().String()
	for _, v := range []variant{mappedRoot, ownUser, plainProcess} {
		t.Run(v.String(), func(t *testing.T) {
			dir := place(t)
			outside(t, dir, "connect", "tcp", addr)
			s := only(t, v, Options{Env: os.LookupEnv, Reach: []string{}})
			held(t, "connect to "+addr, s.attack(t, dir, Command{Network: true}, "connect", "tcp", addr))
			if res := s.attack(t, dir, Command{Network: true, Env: []string{"REGISTRY=http://" + addr + "/"}}, "connect", "tcp", addr); res.Code != 0 {
				t.Errorf("a registry that a variable names: %+v", res)
			}
			s = only(t, v, Options{Env: os.LookupEnv, Reach: []string{addr}})
			if res := s.attack(t, dir, Command{Network: true}, "connect", "tcp", addr); res.Code != 0 {
				t.Errorf("a registry that the caller names: %+v", res)
			}
		})
	}
}

func TestResolversAndGatewaysAreRead(t *testing.T) {
	got := append(nameservers("# none\nnameserver 127.0.0.53\nnameserver ::1%lo\nnameserver\nsearch x\n"), gateways("Iface\tDestination\tGateway\neth0\t0\t010011AC\n")...)
	want := []netip.Addr{netip.MustParseAddr("127.0.0.53"), netip.IPv6Loopback(), netip.MustParseAddr("172.17.0.1")}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
		t.Error(d)
	}
}

func FuzzFetchAddresses(f *testing.F) {
	f.Add("nameserver 1.2.3.4\n")
	f.Add("eth0 0 FFFFFFFF\n")
	f.Fuzz(func(t *testing.T, text string) {
		nameservers(text)
		gateways(text)
	})
}
