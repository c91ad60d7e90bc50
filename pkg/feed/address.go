package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"regexp"
)

// Shown is address as messages may show it: without user, password, query and fragment, where credentials stand.
func Shown(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that is none"
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, Opaque: u.Opaque}
	if u.User != nil {
		shown.User = url.User("xxxxx")
	}
	text := shown.String()
	if u.RawQuery != "" {
		text += "?xxxxx"
	}
	return text
}

// addressKey stands for an address on the disk, where its credentials have no place.
func addressKey(address string) string {
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:])
}

// userinfo is what stands between a scheme and a host.
var userinfo = regexp.MustCompile(`://[^/\s"'@]*@`)

// discreet is err without addresses: those of net/http show user names, queries, and where a redirect led. A proxy's
// address can come with the password too.
func discreet(err error) error {
	if err == nil {
		return nil
	}
	for inner := err; ; {
		var wrapped *url.Error
		if !errors.As(inner, &wrapped) {
			err = inner
			break
		}
		inner = wrapped.Err
	}
	if text := userinfo.ReplaceAllString(err.Error(), "://xxxxx@"); text != err.Error() {
		return &discreetError{text, err}
	}
	return err
}

type discreetError struct {
	text string
	err  error
}

func (e *discreetError) Error() string { return e.text }
func (e *discreetError) Unwrap() error { return e.err }
