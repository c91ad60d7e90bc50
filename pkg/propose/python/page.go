package python

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// page is what indexes serve of one project (https://packaging.python.org/en/latest/specifications/simple-repository-api/).
type page struct {
	files          []file
	groups         []group        // of files, in the order of versions
	at             map[string]int // the group of a version as it is written
	provenance     bool           // the index says of files whether there is provenance
	status, reason string         // of the project: archived, deprecated, quarantined
	err            error          // why there is no answer
}

// file is one file of a release.
type file struct {
	name, version string
	wheel         bool
	url           string
	sha256        string
	python        string // the range of Pythons
	yanked        string // why; "" is not yanked
	uploaded      time.Time
	provenance    bool
	metadata      bool // the index serves its metadata apart
}

// group is the files of one version.
type group struct {
	version string
	files   []file
}

// maxFiles bounds the files of one project.
const maxFiles = 50_000

// arrange puts the files in groups. Two spellings of one version are one group, under the first in order of text.
func (p *page) arrange() {
	var spelled []string
	seen := map[string][]file{}
	for _, f := range p.files {
		if seen[f.version] == nil {
			spelled = append(spelled, f.version)
		}
		seen[f.version] = append(seen[f.version], f)
	}
	slices.SortFunc(spelled, func(a, b string) int { return cmp.Or(order(a, b), strings.Compare(a, b)) })
	p.groups, p.at = nil, map[string]int{}
	for _, version := range spelled {
		if n := len(p.groups); n == 0 || order(p.groups[n-1].version, version) != 0 {
			p.groups = append(p.groups, group{version: version})
		}
		last := len(p.groups) - 1
		p.groups[last].files = append(p.groups[last].files, seen[version]...)
		p.at[version] = last
	}
}

// parsePage reads what an index answered, in JSON or in HTML.
func parsePage(name string, s served) (page, error) {
	base, err := url.Parse(s.URL)
	if err != nil {
		return page{}, fmt.Errorf("the index answered from %.100q, which is no address", s.URL)
	}
	kind, _, _ := strings.Cut(strings.ToLower(s.Type), ";")
	if strings.HasSuffix(strings.TrimSpace(kind), "json") {
		return parseJSON(name, base, []byte(s.Body))
	}
	return parseHTML(name, base, s.Body), nil
}

// jsonPage is a page of the JSON form.
type jsonPage struct {
	Meta struct {
		Version string `json:"api-version"`
		Status  any    `json:"project-status"`
	} `json:"meta"`
	Status any `json:"project-status"`
	Files  []struct {
		Name       string            `json:"filename"`
		URL        string            `json:"url"`
		Hashes     map[string]string `json:"hashes"`
		Python     string            `json:"requires-python"`
		Yanked     any               `json:"yanked"`
		Uploaded   string            `json:"upload-time"`
		Provenance *json.RawMessage  `json:"provenance"`
		Core       any               `json:"core-metadata"`
		Dist       any               `json:"dist-info-metadata"`
	} `json:"files"`
}

func parseJSON(name string, base *url.URL, data []byte) (page, error) {
	var in jsonPage
	if err := json.Unmarshal(data, &in); err != nil {
		return page{}, fmt.Errorf("the index answered with something else than a list of files: %w", err)
	}
	var p page
	for _, status := range []any{in.Status, in.Meta.Status} { // PEP 792
		switch s := status.(type) {
		case string:
			p.status = s
		case map[string]any:
			p.status, _ = s["status"].(string)
			p.reason, _ = s["reason"].(string)
		}
	}
	for _, f := range in.Files {
		if f.Provenance != nil {
			p.provenance = true
		}
		out := file{name: f.Name, url: f.URL, sha256: f.Hashes["sha256"], python: f.Python, yanked: yanked(f.Yanked),
			provenance: f.Provenance != nil && string(*f.Provenance) != "null" && string(*f.Provenance) != `""`, metadata: said(f.Core) || said(f.Dist)}
		out.uploaded, _ = time.Parse(time.RFC3339Nano, f.Uploaded)
		p.add(name, base, out)
	}
	return p, nil
}

// yanked is the reason of PEP 592; a flag is a reason too.
func yanked(v any) string {
	switch y := v.(type) {
	case bool:
		if y {
			return "yanked"
		}
	case string:
		return "yanked: " + oneLine(y, 200)
	}
	return ""
}

// said reports whether the value of core-metadata says that it is there: true or its hashes.
func said(v any) bool {
	flag, isFlag := v.(bool)
	return v != nil && (!isFlag || flag)
}

var (
	anchor    = regexp.MustCompile(`(?is)<a\s([^>]*)>([^<]*)</a`)
	attribute = regexp.MustCompile(`(?s)([a-zA-Z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?`)
)

// parseHTML reads the links of the older form, which indexes other than the largest ones still serve.
func parseHTML(name string, base *url.URL, text string) page {
	var p page
	for _, m := range anchor.FindAllStringSubmatch(text, maxFiles) {
		attrs, has := map[string]string{}, map[string]bool{}
		for _, a := range attribute.FindAllStringSubmatch(m[1], 50) {
			key := strings.ToLower(a[1])
			attrs[key], has[key] = html.UnescapeString(a[2]+a[3]), true
		}
		address, fragment, _ := strings.Cut(attrs["href"], "#")
		out := file{name: strings.TrimSpace(html.UnescapeString(m[2])), url: address, python: attrs["data-requires-python"],
			metadata: has["data-core-metadata"] || has["data-dist-info-metadata"]}
		out.sha256, _ = strings.CutPrefix(fragment, "sha256=")
		if has["data-yanked"] {
			out.yanked = strings.TrimSuffix(strings.TrimSpace("yanked: "+oneLine(attrs["data-yanked"], 200)), ":")
		}
		p.add(name, base, out)
	}
	return p
}

var sha256Form = regexp.MustCompile(`^[0-9a-f]{64}$`)

// add takes f, if its name says that it is a file of this project in a version that can be compared.
func (p *page) add(project string, base *url.URL, f file) {
	owner, version := python.Archive(f.name)
	if owner != project || !comparable(version) || len(p.files) == maxFiles || path.Base(f.name) != f.name {
		return
	}
	at, err := base.Parse(f.url)
	if err != nil || at.Scheme != "https" && at.Scheme != "http" {
		return
	}
	if !sha256Form.MatchString(f.sha256) {
		f.sha256 = ""
	}
	f.version, f.url, f.wheel = version, at.String(), strings.HasSuffix(f.name, ".whl")
	p.files = append(p.files, f)
}

// comparable reports whether version is one of PEP 440.
func comparable(version string) bool {
	_, err := osv.CompareVersions("PyPI", version, version)
	return err == nil && versionForm.MatchString(version)
}

// order is that of PEP 440; both must be comparable.
func order(a, b string) int {
	n, _ := osv.CompareVersions("PyPI", a, b)
	return n
}

// of returns the files of one version, however it is written.
func (p page) of(version string) []file {
	if i, ok := p.at[version]; ok {
		return p.groups[i].files
	}
	if !comparable(version) {
		return nil
	}
	i, ok := slices.BinarySearchFunc(p.groups, version, func(g group, version string) int { return order(g.version, version) })
	if !ok {
		return nil
	}
	return p.groups[i].files
}

// wheel returns a wheel of version, one whose metadata the index serves before others.
func (p page) wheel(version string) (file, bool) {
	files := slices.DeleteFunc(slices.Clone(p.of(version)), func(f file) bool { return !f.wheel })
	if at := slices.IndexFunc(files, func(f file) bool { return f.metadata }); at >= 0 {
		return files[at], true
	}
	if len(files) == 0 {
		return file{}, false
	}
	return files[0], true
}
