package osv

// maxEcosystems bounds the ecosystems that are told apart in one source; OSV has some hundred, releases included.
const maxEcosystems = 10_000

// noteEcosystems counts r for each ecosystem that it speaks of.
func (s *Source) noteEcosystems(r Record) {
	if s.Ecosystems == nil {
		s.Ecosystems = map[string]int{}
	}
	var seen []string
next:
	for _, a := range r.Affected {
		name := a.Package.Ecosystem
		for _, other := range seen {
			if name == other {
				continue next
			}
		}
		if _, known := s.Ecosystems[name]; name == "" || !known && len(s.Ecosystems) == maxEcosystems || len(seen) == 100 {
			continue
		}
		s.Ecosystems[name]++
		seen = append(seen, name)
	}
}

// Records returns how many records speak of packages of ecosystem: of that release where it has a suffix. A database that
// holds none, or of a distribution only a few, has little to say, which is no all-clear.
func (db *Database) Records(ecosystem string) int {
	n := 0
	for _, s := range db.sources {
		for name, count := range s.Ecosystems {
			if covers(name, ecosystem) {
				n += count
			}
		}
	}
	return n
}
