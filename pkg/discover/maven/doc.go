// Package maven reads Maven projects and resolves what they need as Maven does, from POMs in the tree, in the user's local repository and in the configured ones.
package maven
