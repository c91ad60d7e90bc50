package discover

import (
	"github.com/fettle-dev/fettle/pkg/discover/borrowed"
	"github.com/fettle-dev/fettle/pkg/discover/bundler"
	"github.com/fettle-dev/fettle/pkg/discover/cargo"
	"github.com/fettle-dev/fettle/pkg/discover/composer"
	"github.com/fettle-dev/fettle/pkg/discover/golang"
	"github.com/fettle-dev/fettle/pkg/discover/gradle"
	"github.com/fettle-dev/fettle/pkg/discover/maven"
	"github.com/fettle-dev/fettle/pkg/discover/node"
	"github.com/fettle-dev/fettle/pkg/discover/nuget"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/discover/sbom"
)

// readers are those of all ecosystems.
func readers(settings project.Settings) []reader {
	return []reader{
		node.Reader{},
		golang.Reader{Settings: settings},
		cargo.Reader{},
		nuget.Reader{Settings: settings},
		python.Reader{Settings: settings},
		maven.Reader{Settings: settings},
		sbom.Reader{},
		composer.Reader{},
		bundler.Reader{},
		borrowed.Reader{},
		gradle.Reader{Settings: settings},
	}
}
