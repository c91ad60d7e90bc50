// Package cargo drafts fixes of Rust crates with cargo.
package cargo
