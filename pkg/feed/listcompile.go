package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// CompileList turns a catalogue of CVE ids into a list. It reads JSON, CSV with a header, and text:
//
//	JSON  an array, or an object with one somewhere near its top, of ids or of objects; or an object whose keys are ids
//	CSV   a column whose name tells of a CVE, and if there are any, columns of dates and links
//	text  an id a line, then if wanted a date and links; # begins a comment
//
// Entries that have other ids than CVE ids are counted as Other.
func CompileList(w io.Writer, r io.Reader, asOf time.Time) (Edition, error) {
	text, err := readList(r)
	if err != nil {
		return Edition{}, err
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	list := newListing()
	switch first := bytes.TrimLeft(text, " \t\r\n"); {
	case bytes.HasPrefix(first, []byte("{")), bytes.HasPrefix(first, []byte("[")):
		err = list.json(text)
	case csvHeader(first):
		err = list.csv(text)
	default:
		err = list.lines(text)
	}
	if err != nil {
		return Edition{}, err
	}
	return list.write(w, asOf)
}

var (
	cveInText = regexp.MustCompile(`(?i)\bCVE-[0-9]{4}-[0-9]{4,15}\b`)
	otherID   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*([-_:.][A-Za-z0-9]+)+$`)
)

// csvHeader reports whether the first line names a column of CVEs and holds no id itself.
func csvHeader(text []byte) bool {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return !bytes.HasPrefix(line, []byte("#")) && !cveInText.Match(line) && bytes.Contains(bytes.ToLower(line), []byte("cve"))
}

// The names of columns and members, lower case and without separators.
var (
	idNames   = []string{"cve", "cveid", "cves", "cveids", "id", "aliases", "vulnid", "vulnerabilityid"}
	dateNames = []string{"date", "dateadded", "added", "addeddate", "since", "exploitedsince", "firstseen", "firstlisted", "published", "listed", "datereported"}
	linkNames = []string{"link", "links", "url", "urls", "source", "sources", "reference", "references"}
)

func plainName(name string) string {
	return strings.ToLower(strings.Map(func(c rune) rune {
		if strings.ContainsRune("_- \ufeff", c) {
			return -1
		}
		return c
	}, name))
}

func (l *listing) csv(text []byte) error {
	rename := map[string]string{}
	line, _, _ := strings.Cut(string(text), "\n")
	for _, name := range strings.Split(line, ",") {
		raw := strings.ToLower(strings.Trim(strings.TrimSpace(name), `"`))
		for role, names := range map[string][]string{"cve": idNames, "date": dateNames, "link": linkNames} {
			if slices.Contains(names, plainName(raw)) && !(role == "cve" && !strings.Contains(raw, "cve")) {
				rename[raw] = role
			}
		}
	}
	return eachCSV(bytes.NewReader(text), rename, []string{"cve"}, func(r csvRow) error {
		return l.entry(r.get("cve"), r.get("date"), strings.Fields(r.get("link")))
	})
}

func (l *listing) lines(text []byte) error {
	for n, line := range strings.Split(string(text), "\n") {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(" \t\r,;", c) })
		if len(fields) == 0 {
			continue
		}
		date := ""
		if len(fields) > 1 {
			date = fields[1]
		}
		if err := l.entry(fields[0], date, fields[1:]); err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	return nil
}

// entry takes one row. ids may name several CVEs.
func (l *listing) entry(ids, date string, links []string) error {
	if err := l.row(); err != nil {
		return err
	}
	since, err := listDay(date)
	if err != nil {
		since = time.Time{} // a remark; that the CVE is listed is what counts
	}
	found := cveInText.FindAllString(ids, -1)
	if len(found) == 0 {
		if text := strings.TrimSpace(ids); text != "" && !otherID.MatchString(text) {
			return fmt.Errorf("%.40q: want a CVE id", text)
		}
		l.other++
		return nil
	}
	for _, id := range found {
		key, err := parseCVE(id)
		if err != nil {
			return err
		}
		l.add(key, since, 0, false, links...)
	}
	return nil
}

func (l *listing) json(text []byte) error {
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		return err
	}
	return l.walk(doc, 0)
}

// walk finds the entries: ids in an array, objects that have an id, or members named by one.
func (l *listing) walk(value any, depth int) error {
	const deepest = 4
	switch v := value.(type) {
	case []any:
		for i, item := range v {
			if err := l.item(item); err != nil {
				return fmt.Errorf("entry %d: %w", i+1, err)
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			var err error
			if id := cveInText.FindString(name); id != "" && len(id) == len(name) {
				err = l.member(id, v[name])
			} else if depth < deepest {
				if _, array := v[name].([]any); array {
					err = l.walk(v[name], depth+1)
				} else if _, object := v[name].(map[string]any); object {
					err = l.walk(v[name], depth+1)
				}
			}
			if err != nil {
				return fmt.Errorf("%.60q: %w", name, err)
			}
		}
	}
	return nil
}

func (l *listing) item(item any) error {
	switch v := item.(type) {
	case string:
		return l.entry(v, "", nil)
	case map[string]any:
		if ids := strings.Join(texts(v, idNames), " "); ids != "" {
			return l.entry(onlyCVEs(ids), first(texts(v, dateNames)), links(v))
		}
	}
	if err := l.row(); err != nil {
		return err
	}
	l.other++
	return nil
}

// member takes an entry that is named by its id. Its value is a date, a link, links, or an object.
func (l *listing) member(id string, value any) error {
	switch v := value.(type) {
	case string:
		if strings.Contains(v, "://") {
			return l.entry(id, "", []string{v})
		}
		return l.entry(id, v, nil)
	case map[string]any:
		return l.entry(id, first(texts(v, dateNames)), links(v))
	case []any:
		return l.entry(id, "", links(map[string]any{"links": v}))
	}
	return l.entry(id, "", nil)
}

// onlyCVEs drops other ids beside CVE ids; without any it leaves the first id.
func onlyCVEs(ids string) string {
	if found := cveInText.FindAllString(ids, -1); len(found) > 0 {
		return strings.Join(found, " ")
	}
	return first(strings.Fields(ids))
}

// texts returns the strings of the members whose names are among names, in the order of names, arrays flattened.
func texts(object map[string]any, names []string) []string {
	var found []string
	for _, want := range names {
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if plainName(name) != want {
				continue
			}
			switch v := object[name].(type) {
			case string:
				found = append(found, v)
			case []any:
				for _, item := range v {
					if s, ok := item.(string); ok {
						found = append(found, s)
					}
				}
			}
		}
	}
	return found
}

func links(object map[string]any) []string {
	return strings.Fields(strings.Join(texts(object, linkNames), " "))
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
