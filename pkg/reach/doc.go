// Package reach finds out how far a program gets into the packages that findings are about.
package reach
