// Package deliver hands a report to people: SARIF, review comments and fix commits.
package deliver
