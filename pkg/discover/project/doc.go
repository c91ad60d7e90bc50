// Package project holds what the readers of all ecosystems share: the files of a tree, faults with lines, and the graph of a project.
package project
