// Package bundler reads what Bundler locks and what Gemfiles and gemspecs declare for Ruby.
package bundler
