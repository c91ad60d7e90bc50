package suite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds on report files, which tests write.
const (
	maxReports     = 5_000
	maxReport      = 64 << 20
	maxReportBytes = 256 << 20
	maxLooked      = 400_000 // entries of the work copy passed in looking for them
)

// Clean removes the report files that p's tests would write from the work copy at root, so that none that lies there
// already is taken for a result.
func Clean(p Plan, root string) error {
	if len(p.Reports) == 0 {
		return nil
	}
	r, err := openBelow(root, p.At)
	if err != nil {
		return fmt.Errorf("remove old test reports: %w", err)
	}
	defer r.Close()
	names, err := reportFiles(r, p.Reports)
	for _, name := range names {
		err = errors.Join(err, r.Remove(filepath.FromSlash(name)))
	}
	if err != nil {
		return fmt.Errorf("remove old test reports: %w", err)
	}
	return nil
}

// readReports reads the report files of p below root. What cannot be read is told in Unread.
func readReports(p Plan, root string) Results {
	var unread []string
	r, err := openBelow(root, p.At)
	if err != nil {
		return Results{Unread: []string{err.Error()}}
	}
	defer r.Close()
	names, err := reportFiles(r, p.Reports)
	if err != nil {
		unread = append(unread, err.Error())
	}
	b, sum, left := newBook(root), &reportReader{}, maxReportBytes
	for _, name := range names {
		text, err := readReport(r, name, min(left, maxReport))
		if err == nil {
			left -= len(text)
			err = sum.read(name, text, b)
		}
		if err != nil {
			unread = append(unread, fmt.Sprintf("%s: %v", name, err))
		}
	}
	results := b.results([]reader{sum})
	slices.Sort(unread)
	results.Unread = unread
	return results
}

func openBelow(root, dir string) (*os.Root, error) {
	r, err := os.OpenRoot(root)
	if err != nil || dir == "" {
		return r, err
	}
	defer r.Close()
	return r.OpenRoot(filepath.FromSlash(dir))
}

// reportFiles returns the regular files below r that a glob matches, sorted. Links are not followed.
func reportFiles(r *os.Root, globs []string) ([]string, error) {
	var names []string
	looked := 0
	err := fs.WalkDir(r.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if d != nil && d.IsDir() {
				return fs.SkipDir // what tests made unreadable holds no report that can be read
			}
			return nil
		}
		if looked++; looked > maxLooked {
			return fmt.Errorf("more than %d files to look for test reports in", maxLooked)
		}
		if d.IsDir() {
			if name != "." && !slices.ContainsFunc(globs, func(g string) bool { return mayHold(g, name) }) {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() && slices.ContainsFunc(globs, func(g string) bool { return matches(g, name) }) {
			if names = append(names, name); len(names) > maxReports {
				return fmt.Errorf("more than %d test reports", maxReports)
			}
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

// mayHold reports whether the directory dir may hold what glob matches. Below a ** it may be anything but installed code.
func mayHold(glob, dir string) bool {
	parts, names := strings.Split(glob, "/"), strings.Split(dir, "/")
	for i, name := range names {
		if i >= len(parts)-1 && !slices.Contains(parts, "**") {
			return false
		}
		if i < len(parts) && parts[i] == "**" {
			return !slices.Contains(names, "node_modules") && !slices.Contains(names, ".git") && !slices.Contains(names, ".venv")
		}
		if ok, _ := path.Match(parts[min(i, len(parts)-1)], name); !ok {
			return false
		}
	}
	return true
}

// matches reports whether a slash-separated name is what glob says; ** stands for any number of folders.
func matches(glob, name string) bool {
	return matchParts(strings.Split(path.Clean(glob), "/"), strings.Split(name, "/"))
}

func matchParts(glob, name []string) bool {
	for len(glob) > 0 {
		if glob[0] == "**" {
			rest := glob[1:]
			if len(rest) > 0 && rest[0] == "**" {
				glob = rest
				continue
			}
			for i := range len(name) + 1 {
				if matchParts(rest, name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, _ := path.Match(glob[0], name[0]); !ok {
			return false
		}
		glob, name = glob[1:], name[1:]
	}
	return len(name) == 0
}

func readReport(r *os.Root, name string, limit int) (string, error) {
	f, err := r.Open(filepath.FromSlash(name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", errors.Join(err, errors.New("not a regular file"))
	}
	text, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return "", err
	}
	if len(text) > limit {
		return "", fmt.Errorf("larger than the %d bytes left for test reports", limit)
	}
	return strings.ToValidUTF8(strings.TrimPrefix(string(text), "\ufeff"), ""), nil
}
