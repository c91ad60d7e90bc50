// Reach prints how right fettle is about reachability, by language, and how long it takes over an application of 200 files.
//
// Run it at the top of the repository:
//
//	go run ./bench/reach
//
// The first table is of the labelled programs below pkg/reach: it runs their tests and collects what these print. A verdict that is
// "unknown" is never wrong, and is counted. The second is of generated applications of about 10 KB a file, from the walk over
// the tree to the verdicts.
package main
