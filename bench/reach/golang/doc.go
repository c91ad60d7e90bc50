// Golang counts how far real Go applications get into their vulnerable dependencies, and compares each verdict with govulncheck's own.
//
//	go run ./bench/reach/golang -db fettle.db -govulncheck PROGRAM github.com/junegunn/fzf@v0.54.0 ...
//
// Modules come from the module proxy that the environment names; - instead of a module is a folder.
package main
