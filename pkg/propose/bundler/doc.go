// Package bundler drafts fixes of Ruby gems with Bundler.
package bundler
