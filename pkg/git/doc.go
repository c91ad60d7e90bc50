// Package git reads trees and writes commits with the git program, and runs nothing that the repository brings along.
package git
