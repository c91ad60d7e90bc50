// Package borrowed reads lockfiles of Pub, Hex, Swift, Conan, R and Haskell with the extractors of osv-scalibr.
package borrowed
