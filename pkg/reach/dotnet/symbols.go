package dotnet

import (
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

// symbols looks for the vulnerable code itself, where the package is imported and somebody names that code.
func (a *analysis) symbols(t program.Target, v *program.Verdict, matches map[string]match) {
}
