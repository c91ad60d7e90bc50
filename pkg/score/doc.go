// Package score turns a fix and its verdict into a confidence between 0 and 1.
package score
