package dotnet

import (
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/nuget"
)

// nearest returns the folders that count for projects of these frameworks, named as the frameworks that they are for. All
// count where a framework is not known, or none fits.
func nearest(projects []string, folders []string) map[string]bool {
	chosen := map[string]bool{}
	for _, p := range projects {
		f, ok := nuget.ParseFramework(p)
		best, rank := "", 0
		for _, folder := range folders {
			g, known := nuget.ParseFramework(folder)
			if r := f.Fit(g); known && r > rank && (!strings.Contains(folder, "-") || strings.Contains(p, "-")) {
				best, rank = folder, r
			}
		}
		if !ok || f.Any() || best == "" {
			chosen = map[string]bool{}
			break
		}
		chosen[best] = true
	}
	if len(chosen) == 0 {
		for _, folder := range folders {
			chosen[folder] = true
		}
	}
	return chosen
}
