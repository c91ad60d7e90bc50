// Package surface tells what an upgrade may break before it runs: the exported names that the project's own code uses, held against those of the new version.
package surface
