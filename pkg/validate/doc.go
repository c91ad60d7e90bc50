// Package validate tries a fix in a sandbox: apply, build, test, scan again.
package validate
