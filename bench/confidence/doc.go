// Confidence measures how often an upgrade that passed validation breaks something nevertheless, and fits pkg/score to it.
//
// Run it at the top of the repository:
//
//	go run ./bench/confidence collect -work DIR [-only go,npm,python]
//	go run ./bench/confidence fit
//	go run ./bench/confidence report
//
// collect takes the releases that subjects.txt lists, as their registries publish them with their tests, moves one
// dependency of each to a later release, runs the tests before and after, and appends what it saw to upgrades.csv. It goes
// on where it was stopped. It needs go, npm, pip and uv, as the machine has them configured. What a package brings runs in
// the sandbox, without network. fit writes the coefficients of pkg/score, report the tables of docs/confidence.md; both
// read upgrades.csv alone, and give the same bytes each time.
package main
