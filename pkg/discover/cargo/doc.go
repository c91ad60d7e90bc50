// Package cargo reads Cargo.lock and the Cargo.toml files of the packages and workspaces that it answers for.
package cargo
