// Package node drafts upgrades of pnpm and Yarn projects with pnpm and Yarn themselves.
package node
