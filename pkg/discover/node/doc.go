// Package node reads what npm, Yarn, pnpm and Bun lock.
package node
