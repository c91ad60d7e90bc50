// Package osv reads OSV records and reports whether a package version is affected.
package osv
