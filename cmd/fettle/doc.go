// Fettle scans a repository for vulnerabilities, ranks them by context, and proposes fixes it has tested.
package main
