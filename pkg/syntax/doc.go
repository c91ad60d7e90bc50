// Package syntax parses source files into trees and answers who imports, defines and calls what.
package syntax
