// Package prioritize ranks findings by how soon they need action, following SSVC.
package prioritize
