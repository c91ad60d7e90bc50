// Package sandbox runs commands on a copy of a repository, offline and within set limits.
package sandbox
