// Package manager is what a package manager can be asked for when a fix is drafted.
package manager
