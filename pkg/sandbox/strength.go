package sandbox

// Strength is something a sandbox can hold.
type Strength string

// What a policy can ask for. In the sense of these, a limit that is sampled holds: it ends the run, if a moment late.
const (
	Network   Strength = "network"   // the test phase reaches nothing but its own servers
	Services  Strength = "services"  // the fetch phase reaches nothing of this machine and nothing link-local, what is allowed apart
	Files     Strength = "files"     // nothing but the copy can be changed, nothing but system and toolchains read
	Processes Strength = "processes" // other processes are neither seen nor signalled, and all of the run end with it
	Secrecy   Strength = "secrets"   // variables, files and sockets that let somebody act elsewhere are out of reach
	Memory    Strength = "memory"    // bounded
	Disk      Strength = "disk"      // bounded
)

// strengths is all of them.
var strengths = []Strength{Network, Services, Files, Processes, Secrecy, Memory, Disk}

// Missing returns the strengths that this sandbox lacks, in a fixed order; all of them where the level is None. Where any of
// Network, Files and Secrecy is missing, a command could read or use the secrets that Secrets names.
func (s *Sandbox) Missing() []Strength {
	var missing []Strength
	for _, st := range strengths {
		if s.level == None || s.lacks(st) {
			missing = append(missing, st)
		}
	}
	return missing
}

// Summary says in one line how commands are held: "sandbox: sibling container, network off".
func (s *Sandbox) Summary() string { return "sandbox: " + s.headline() }

func (s *Sandbox) headline() string {
	network := "network off"
	if s.level == None || s.lacks(Network) {
		network = "network on"
	}
	switch s.level {
	case Sibling:
		return "sibling container, " + network
	case Namespaces:
		return "namespaces, " + network
	case Plain:
		return "Landlock and seccomp, " + network
	}
	return "none, nothing is run"
}
