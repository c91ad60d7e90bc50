package node

import (
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// maxPeers bounds the work of finding who provides which peer.
const maxPeers = 2_000_000

// providePeers adds the needs of peers: Yarn 2 and later lock who needs a peer and not what it gets, which is what the
// holder itself needs under that name, or what the holder gets, if it is a peer there too.
func (l *berryLock) providePeers() {
	type place struct{ key, peer string }
	got := map[place][]string{}
	type gift struct {
		place
		key string
	}
	given := map[gift]bool{}
	type handover struct{ from, to place }
	var passed []handover
	work := 0
	give := func(to place, key string) bool {
		if key == to.key || given[gift{to, key}] {
			return false
		}
		given[gift{to, key}] = true
		got[to] = append(got[to], key)
		return true
	}
	hand := func(holder, name string, needs []need) {
		byName := map[string]string{name: holder} // it provides itself
		for _, n := range needs {
			byName[n.name] = n.key
		}
		isPeer := map[string]bool{}
		for _, p := range l.peers[holder] {
			isPeer[p.name] = true
		}
		for _, n := range needs {
			for _, p := range l.peers[n.key] {
				if work++; work > maxPeers {
					return
				}
				if key, ok := byName[p.name]; ok {
					give(place{n.key, p.name}, key)
				} else if isPeer[p.name] {
					passed = append(passed, handover{place{holder, p.name}, place{n.key, p.name}})
				}
			}
		}
	}
	for _, m := range l.members {
		hand("", "", m.needs)
	}
	for _, e := range l.entries {
		hand(e.key, e.name, e.needs)
	}
	for changed := true; changed && work <= maxPeers; {
		changed = false
		for _, h := range passed {
			work++
			for _, key := range got[h.from] {
				work++
				changed = give(h.to, key) || changed
			}
		}
	}
	if work > maxPeers {
		l.gap(0, "has more peers than can be followed, so some ways to them are not known")
	}
	for i := range l.entries {
		e := &l.entries[i]
		for _, p := range l.peers[e.key] {
			for _, key := range got[place{e.key, p.name}] {
				e.needs = append(e.needs, need{key, p.name, p.spec, scopeOf(p)})
			}
		}
	}
}

// berryPeers are the peers of an entry. Yarn takes one that only peerDependenciesMeta names for one of any version, and
// gives each, where it is there, with its types.
func berryPeers(v *document.Value) []npmNeed {
	var peers []npmNeed
	declared := v.Get("peerDependencies")
	for _, d := range declared.Map() {
		peers = append(peers, npmNeed{name: d.Key, spec: d.Value.Str(), section: "peerDependencies", optional: v.Get("peerDependenciesMeta", d.Key, "optional").True()})
	}
	for _, d := range v.Get("peerDependenciesMeta").Map() {
		if declared.Field(d.Key) == nil {
			peers = append(peers, npmNeed{name: d.Key, spec: "*", section: "peerDependencies", optional: true})
		}
	}
	for _, p := range peers {
		types := "@types/" + strings.Replace(strings.TrimPrefix(p.name, "@"), "/", "__", 1)
		if !strings.HasPrefix(p.name, "@types/") && declared.Field(types) == nil {
			peers = append(peers, npmNeed{name: types, spec: "*", section: "peerDependencies", optional: true})
		}
	}
	return peers
}
