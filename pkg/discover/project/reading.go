package project

import (
	"errors"
	"net/http"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Reading is what a reader made of the files that it claims.
type Reading struct {
	Projects []fettle.Project
	Gaps     []fettle.Gap
}

// Settings are what a reader may use beside the files of the tree: the caches of the user's package managers and, where
// Client is set, registries. The zero value is nothing.
type Settings struct {
	Home   string                           // the user's home folder; "" for none
	Getenv func(name string) string         // the user's environment; nil for none
	Client *http.Client                     // nil: nothing is fetched
	Cache  string                           // a folder of fettle's own for what was fetched and never changes; "" for none
	Maven  []string                         // addresses of Maven repositories to ask, in order
	Log    func(format string, args ...any) // told of each long step; nil is silence

	Modules []string // further caches of Go modules, such as the one in which fixes are drafted
}

// Env returns a variable of the user's environment.
func (s Settings) Env(name string) string {
	if s.Getenv == nil {
		return ""
	}
	return s.Getenv(name)
}

// Gap returns a gap of the stage about file; line 0 is unknown.
func Gap(file string, line int, reason string) fettle.Gap {
	g := fettle.Gap{Stage: "discover", Subject: file, Reason: reason}
	if line > 0 {
		g.Location = &fettle.Location{Path: file, Line: line}
	}
	return g
}

// FaultGap returns a gap about a file that could not be read, with the line where err is a *Fault.
func FaultGap(file string, err error) fettle.Gap {
	var f *Fault
	if errors.As(err, &f) {
		return Gap(file, f.Line, f.Msg)
	}
	return Gap(file, 0, strings.TrimSpace(err.Error()))
}

// Fault is what is wrong with a file, at a line.
type Fault struct {
	Line int // from 1; 0 is unknown
	Msg  string
}

func (f *Fault) Error() string { return f.Msg }

// MaxFaults is how many faults of one file are told; the rest are counted.
const MaxFaults = 50

// NewFault returns a fault.
func NewFault(line int, msg string) *Fault { return &Fault{Line: line, Msg: msg} }
