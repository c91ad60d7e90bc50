// Package differential holds fettle's findings against those of osv-scanner on the same records and lockfiles.
//
// It is a module of its own because osv-scanner takes minutes to compile. Run it from this folder:
//
//	go test .            # what the two find; -update rewrites testdata
//	go test -run - -bench .   # how long each takes
package differential
