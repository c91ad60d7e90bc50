// Package gradle reads what Gradle locks, and what build scripts and version catalogs declare.
package gradle
