// Package projecttest lays out trees for tests of readers and prints what they made of them.
package projecttest
