// Package python tells how far a Python program gets into the distributions that it locks.
package python
