// Package golang tells for each finding of a Go module whether the program calls the vulnerable code, by running govulncheck in the sandbox.
package golang
