package sandbox

import (
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// spec is what the parent tells the supervisor, and the supervisor the process that becomes the command.
type spec struct {
	Level    int
	Args     []string
	Env      []string
	Dir      string
	Root     string   // writable
	Cache    string   // writable in the network phase
	Scratch  string   // an empty directory of this run, writable where there are no own mounts
	Home     string   // within Scratch, or on its own mount
	Tmp      string   //
	ReadOnly []string // see readable
	Hidden   []string // files and directories to cover
	Files    map[string]string
	Network  bool
	Allowed  []netip.AddrPort // that the fetch phase may connect to, wherever they are
	Closed   bool             // the fetch phase may not connect to other services of this machine
	Mapped   bool             // files of the caller belong to User inside, by a mapping of the mounts; no user namespace
	User     int
	Group    int
	Broker   bool // the supervisor makes the command's connections
	Limits   limits
	Probe    bool // set everything up, then succeed

	// Of a supervisor in a container.
	deliver func(status) // takes the last status
	reports *os.File     // what the command's process reports goes there
}

// returned are the directories of a container whose changes come back.
func (s spec) returned() []string {
	if s.Network && s.Cache != "" {
		return []string{s.Root, s.Cache}
	}
	return []string{s.Root}
}

type limits struct {
	Memory    int64
	Processes int
	FileSize  int64
	Disk      int64         // that the files of the run take, in bytes
	Files     int           // the number of those
	CPU       time.Duration // of one process
	Time      time.Duration // kept by the supervisor of a container
}

// bytesPerFile is how much of the disk limit stands for one file.
const bytesPerFile = 8 << 10

// limitOf says which limit a signal is sent for; "" for all others.
func limitOf(signal int, l limits) string {
	switch signal {
	case int(unix.SIGXCPU):
		return fmt.Sprintf("CPU time limit of %s", l.CPU)
	case int(unix.SIGXFSZ):
		return fmt.Sprintf("file size limit of %d MiB", l.FileSize>>20)
	}
	return ""
}

// status is a message of a child to the parent. The last one counts.
type status struct {
	Error    string // the sandbox could not run the command
	Unmapped bool   // the file system of the copy knows no mapped mounts
	NotFound string // the program that is not there
	Code     int
	Signal   int
	Ended    string
	Done     bool
	Changes  bool       // of a container: what changed follows
	Deleted  [][]string // by directory
}

// Descriptors that a supervisor is started with, and, but for lifeline and mapping, the command's process as well.
const (
	specFD     = 3
	statusFD   = 4
	lifelineFD = 5 // ends when the parent does
	mappingFD  = 6 // a user namespace for mapped mounts
	brokerFD   = 5 // of the command's process: takes the listener of its filter
)

// childName is the first argument of processes that Main takes over; the second is the stage.
const (
	childName      = "fettle-sandbox"
	superviseStage = "supervise"
	siblingStage   = "supervise-container"
	commandStage   = "command"
	mappingStage   = "mapping"
)
