// Package program holds what the analysts of all ecosystems share: a project's sources, and the walk over who imports whom.
package program
