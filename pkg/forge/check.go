package forge

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Everything below comes from outside: a branch of a fork is named by its owner. Each check takes "" as "not said".

const (
	maxRef        = 1024 // bytes; servers stop far below
	maxRepository = 512  // bytes
	maxTitle      = 256  // runes
)

// checkSHA returns s in lower case, and "" for the all-zero id that servers send for "no commit".
func checkSHA(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if len(s) != 40 && len(s) != 64 {
		return "", fmt.Errorf("commit %s has %d characters; want 40 or 64 hex digits", quote(s), len(s))
	}
	lower := strings.ToLower(s)
	if strings.ContainsFunc(lower, notHex) {
		return "", fmt.Errorf("commit %s is not hexadecimal", quote(s))
	}
	if strings.Trim(lower, "0") == "" {
		return "", nil
	}
	return lower, nil
}

func notHex(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'f')
}

// checkRef returns s if it is a full ref, one below refs/, that stays harmless when it is shortened.
func checkRef(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if !strings.HasPrefix(s, "refs/") {
		return "", fmt.Errorf("ref %s is not below refs/", quote(s))
	}
	// refs/heads/--all is --all to whoever takes the branch of it.
	parts := strings.SplitN(s, "/", 3)
	if strings.HasPrefix(parts[len(parts)-1], "-") {
		return "", fmt.Errorf("ref %s is an option once it is shortened", quote(s))
	}
	return checkBranch(s)
}

// checkBranch returns s if git would accept it as the name of a branch: the rules of git check-ref-format, and no leading "-".
func checkBranch(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if why := refFault(s); why != "" {
		return "", fmt.Errorf("ref %s %s", quote(s), why)
	}
	return s, nil
}

func refFault(s string) string {
	switch {
	case len(s) > maxRef:
		return fmt.Sprintf("is longer than %d bytes", maxRef)
	case !utf8.ValidString(s):
		return "is not UTF-8"
	case strings.HasPrefix(s, "-"):
		return `begins with "-"`
	case s == "@", strings.Contains(s, "@{"):
		return `is "@" or holds "@{"`
	case strings.Contains(s, ".."):
		return `holds ".."`
	case strings.HasSuffix(s, "."):
		return `ends with "."`
	case strings.ContainsAny(s, ` ~^:?*[\`) || strings.ContainsFunc(s, breaksLine):
		return "holds a character that git refuses"
	}
	for part := range strings.SplitSeq(s, "/") {
		switch {
		case part == "":
			return "has an empty component"
		case strings.HasPrefix(part, "."):
			return `has a component that begins with "."`
		case strings.HasSuffix(part, ".lock"):
			return `has a component that ends with ".lock"`
		}
	}
	return ""
}

// checkRepository returns s if it is owner/name, or a longer path of names.
func checkRepository(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if len(s) > maxRepository {
		return "", fmt.Errorf("repository %s is longer than %d bytes", quote(s), maxRepository)
	}
	parts := strings.Split(s, "/")
	if len(parts) < 2 {
		return "", fmt.Errorf("repository %s has no owner; want owner/name", quote(s))
	}
	for _, part := range parts {
		if part == "" || part == "." || part == ".." || part[0] == '-' || strings.ContainsFunc(part, notInName) {
			return "", fmt.Errorf("repository %s is not a path of names; want owner/name", quote(s))
		}
	}
	return s, nil
}

func notInName(r rune) bool {
	switch {
	case r == '.', r == '_', r == '-', r == '+':
		return false
	}
	return !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// checkEvent returns s if it is the name of an event: lower-case letters, digits, "_" and "-".
func checkEvent(s string) (string, error) {
	if len(s) > 64 || strings.ContainsFunc(s, notInEvent) {
		return "", fmt.Errorf("event %s is not a name of up to 64 lower-case letters and digits", quote(s))
	}
	return s, nil
}

func notInEvent(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '-'
}

// checkWorkspace returns s if it can be a directory: on one line, without control characters.
func checkWorkspace(s string) (string, error) {
	if strings.ContainsFunc(s, breaksLine) {
		return "", errors.New("the path holds a control character")
	}
	return s, nil
}

// changeNumber returns the number of a change, or 0 where s is not one.
func changeNumber(s string) int {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return int(n)
}

// oneLine returns outside text as one line of at most max runes, without control and other invisible characters.
func oneLine(s string, max int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == max {
			break
		}
		if unicode.IsSpace(r) {
			r = ' '
		}
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf) || r == utf8.RuneError {
			continue
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}

// breaksLine reports characters that some reader takes for the end of a line or worse. The format characters that join
// emoji are none of them.
func breaksLine(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp)
}

// quote returns s for an error message: quoted and short.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strconv.Quote(s)
}
