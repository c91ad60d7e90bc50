// Package document parses JSON, YAML, TOML and XML into trees of values that know their lines.
package document
