package python

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// pipfileHash returns the hash that belongs to a changed Pipfile. note says why there is none: the lockfile was out of step
// before, and must not say that it no longer is.
func pipfileHash(lock, before, after string) (hash, note string, err error) {
	was, err := hashOfPipfile(before)
	if err != nil {
		return "", "", err
	}
	if gjson.Get(lock, "_meta.hash.sha256").Str != was {
		return "", "Pipfile.lock did not fit the Pipfile before, so its hash stays as it was; run pipenv lock", nil
	}
	hash, err = hashOfPipfile(after)
	return hash, "", err
}

// hashOfPipfile is what pipenv writes as _meta.hash: the SHA-256 of what a Pipfile declares, as Python's json writes it with
// sorted keys and without spaces.
func hashOfPipfile(text string) (string, error) {
	doc, _, err := document.ParseTOML([]byte(text))
	if err != nil {
		return "", err
	}
	or := func(key string) *document.Value {
		if v := doc.Get(key); v != nil {
			return v
		}
		return &document.Value{Kind: document.Map}
	}
	all := []document.Field{
		{Key: "_meta", Value: &document.Value{Kind: document.Map, Fields: []document.Field{{Key: "sources", Value: doc.Get("source")}, {Key: "requires", Value: or("requires")}}}},
		{Key: "default", Value: or("packages")},
		{Key: "develop", Value: or("dev-packages")},
	}
	known := []string{"source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv", "default", "develop"}
	for _, f := range doc.Map() {
		if !slices.Contains(known, f.Key) {
			all = append(all, f)
		}
	}
	var b strings.Builder
	if err := pythonJSON(&b, &document.Value{Kind: document.Map, Fields: all}, ",", ":", 0); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:]), nil
}
