// Priority replays what fettle's ranking would have said of frozen applications, week by week with the feeds of the time,
// and compares it with simpler rules. It prints Markdown tables, the same bytes on every run.
//
// Run it at the top of the repository:
//
//	go run ./bench/priority -data DIR
//
// DIR holds what docs/prioritization.md lists: advisories as OSV, a KEV catalogue, EPSS scores of several days, CVSS vectors,
// labelled CVEs and the lockfiles of applications. Nothing is fetched.
package main
