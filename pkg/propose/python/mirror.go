package python

import (
	"regexp"
	"strings"
)

// mirror is how addresses of the index that was asked stand to those of the lockfile.
type mirror struct{ pairs [][2]string } // there, here

var (
	registryForm = regexp.MustCompile(`registry = "([^"]+)"`)
	urlForm      = regexp.MustCompile(`url = "([^"]+)"`)
)

// mirrored compares two lockfiles of the same packages. Where the original knows one index and the derived one only another,
// the two are the same index under two addresses; how the addresses of files differ is seen from those that both have.
func mirrored(original, derived string) mirror {
	was, is := distinct(registryForm, original), distinct(registryForm, derived)
	if len(was) != 1 || len(is) != 1 || was[0] == is[0] {
		return mirror{}
	}
	m := mirror{pairs: [][2]string{{`registry = "` + is[0] + `"`, `registry = "` + was[0] + `"`}}}
	known := map[string]string{}
	for _, url := range distinct(urlForm, original) {
		known[url[strings.LastIndex(url, "/")+1:]] = url
	}
	for _, url := range distinct(urlForm, derived) {
		old, ok := known[url[strings.LastIndex(url, "/")+1:]]
		if !ok || old == url {
			continue
		}
		a, b := url, old
		for a != "" && b != "" && a[len(a)-1] == b[len(b)-1] {
			a, b = a[:len(a)-1], b[:len(b)-1]
		}
		// up to the next slash, so that no part of a name is taken for a part of the address
		rest := url[len(a):]
		at := strings.Index(rest, "/")
		if at < 0 {
			continue
		}
		m.pairs = append(m.pairs, [2]string{`url = "` + url[:len(a)+at+1], `url = "` + old[:len(b)+at+1]})
		break
	}
	return m
}

// there writes a derived text with the addresses of the original; here the other way round.
func (m mirror) there(text string) string {
	for _, p := range m.pairs {
		text = strings.ReplaceAll(text, p[0], p[1])
	}
	return text
}

func (m mirror) here(text string) string {
	for _, p := range m.pairs {
		text = strings.ReplaceAll(text, p[1], p[0])
	}
	return text
}

func distinct(form *regexp.Regexp, text string) []string {
	seen := map[string]bool{}
	var list []string
	for _, match := range form.FindAllStringSubmatch(text, -1) {
		if !seen[match[1]] {
			seen[match[1]] = true
			list = append(list, match[1])
		}
	}
	return list
}
