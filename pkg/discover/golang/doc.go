// Package golang reads go.mod, go.work, go.sum and vendor/modules.txt, and the module graph from the local module cache.
package golang
