// Speed measures fettle and osv-scanner on the same generated records and lockfiles, and prints Markdown tables.
//
// Run it at the top of the repository, on a machine that does nothing else:
//
//	go run ./bench/speed
//
// It builds both programs, osv-scanner from the module in bench/differential, which takes minutes the first time, and needs
// 2 GB of disk in its folder. Every figure is of a process of its own, started anew for each run; the two programs run in
// turn and the median counts. Memory is the peak of the resident set as the kernel reports it.
package main
