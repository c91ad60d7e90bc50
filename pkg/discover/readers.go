package discover

import (
	"github.com/fettle-dev/fettle/pkg/discover/golang"
	"github.com/fettle-dev/fettle/pkg/discover/node"
	"github.com/fettle-dev/fettle/pkg/discover/nuget"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// readers are those of all ecosystems.
func readers(settings project.Settings) []reader {
	return []reader{
		node.Reader{},
		golang.Reader{Settings: settings},
		nuget.Reader{Settings: settings},
	}
}
