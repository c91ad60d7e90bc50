// Package npmtest plays an npm registry on loopback, and writes the lockfiles that go with it.
package npmtest
