// Package golang drafts fixes of Go modules and workspaces with the go command.
package golang
