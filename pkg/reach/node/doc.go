// Package node tells how far a JavaScript or TypeScript program gets into its npm packages.
package node
