// Package suite finds out how a project is built and tested, and reads what each of its test cases said.
package suite
