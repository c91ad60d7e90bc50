// Package pack holds named, checksummed sections in one immutable file that is memory-mapped.
package pack
