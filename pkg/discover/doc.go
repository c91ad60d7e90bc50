// Package discover finds vulnerable dependencies, code and infrastructure in a repository.
package discover
