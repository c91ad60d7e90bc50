package node

import (
	"strings"
)

// pnpmKey is what the key of a package tells of it.
type pnpmKey struct {
	name, version string
	source        string // where it comes from, if not from a registry
	dir           string // a folder
}

// parsePNPMKey takes a key of the packages or snapshots of a lockfile of version 5, 6 or 9 apart:
// /name/version_peers, /name@version(peers) and name@version(peers). What is from elsewhere has an address in place of the
// version, or alone.
func parsePNPMKey(major, key string) pnpmKey {
	text, _, _ := strings.Cut(key, "(") // the peers, or the hash of a patch
	if dir, ok := strings.CutPrefix(text, "file:"); ok {
		return pnpmFile("", dir)
	}
	if major == "9" {
		return nameAt(text)
	}
	if text == "" || text[0] != '/' { // one of another registry, or from elsewhere
		_, rest, ok := strings.Cut(text, "/")
		k := nameAt(rest)
		if major == "5" {
			k = nameSlash(rest)
		}
		if strings.Contains(text, "://") || strings.Count(rest, "/") > 1 && k.version == "" || !ok || !startsWithDigit(k.version) {
			return pnpmKey{source: text}
		}
		return k
	}
	if major == "5" {
		return nameSlash(text[1:])
	}
	return nameAt(text[1:])
}

// nameAt takes name@version apart.
func nameAt(text string) pnpmKey {
	i := strings.Index(text[min(1, len(text)):], "@") + 1
	if i == 0 {
		return pnpmKey{name: text}
	}
	name, rest := text[:i], text[i+1:]
	if dir, ok := strings.CutPrefix(rest, "file:"); ok {
		return pnpmFile(name, dir)
	}
	if strings.ContainsAny(rest, ":/") {
		return pnpmKey{name: name, source: rest}
	}
	return pnpmKey{name: name, version: rest}
}

// nameSlash takes name/version apart, the peers after _ too.
func nameSlash(text string) pnpmKey {
	parts := strings.Split(text, "/")
	n := 1
	if strings.HasPrefix(text, "@") {
		n = 2
	}
	if len(parts) <= n {
		return pnpmKey{name: text}
	}
	version, _, _ := strings.Cut(parts[n], "_")
	return pnpmKey{name: strings.Join(parts[:n], "/"), version: version}
}

// pnpmFile is a tarball or a folder of the tree.
func pnpmFile(name, file string) pnpmKey {
	return pnpmKey{name: name, source: "the file " + file, dir: file}
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }
