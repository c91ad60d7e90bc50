// Package sarif reads and writes the part of SARIF 2.1.0 that fettle uses.
package sarif
