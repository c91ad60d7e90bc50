// Symbols derives which exported functions of npm packages hold a weakness, and prints entries for pkg/reach/symbols/npm.yaml.
//
// A case names an advisory, a package with a vulnerable version, and either the line that a published exploit ends in or the
// version that repairs it:
//
//	{"advisory":"CVE-2021-23358","package":"underscore","version":"1.12.0","sink":"modules/template.js:71"}
//	{"advisory":"CVE-2021-44906","package":"minimist","version":"1.2.5","fixed":"1.2.6"}
//
// The sink's function, or those that differ between the two versions, are followed to the names by which the package's main
// files hand them on, through the calls that can be read. Run it at the top of the repository; it asks npm for each version:
//
//	go run ./bench/symbols -cases cases.jsonl -cache DIR
//
// What it prints is a proposal: a person compares it with the advisory before it goes into the overlay.
package main
