package manager

import (
	"net/url"
	"regexp"
)

var address = regexp.MustCompile(`(?i)[a-z+]+://[^,|\s]+`)

// WithoutPasswords strips user and password from the addresses in a setting, so that the sandbox sees no secret. An address
// that cannot be read is left out.
func WithoutPasswords(value string) string {
	return address.ReplaceAllStringFunc(value, func(text string) string {
		u, err := url.Parse(text)
		if err != nil {
			return ""
		}
		u.User = nil
		return u.String()
	})
}
