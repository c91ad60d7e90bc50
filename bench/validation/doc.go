// Command validation counts the runs that pkg/validate needs to find the fixes that pass together, where some do not.
//
//	go run ./bench/validation
//
// The search is the real one. What it reaches out to is simulated: a fix is a line of a file, and tests read that file to
// know which fixes are in the tree. Runs are those of the search, with the run of exactly what ships and without the
// baseline's two; what it takes beyond that to say why a fix fails is a column of its own.
package main
