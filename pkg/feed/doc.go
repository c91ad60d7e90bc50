// Package feed fetches, caches and reads threat feeds: KEV, EPSS and OSV archives.
package feed
