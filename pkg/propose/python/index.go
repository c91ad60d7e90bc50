package python

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// ask is the program that speaks with the indexes, since only pip knows where they are.
//
//go:embed index.py
var ask string

// question and answer are what ask reads and writes.
type question struct {
	Where      bool     `json:"where,omitempty"` // only the addresses of the indexes
	Names      []string `json:"names,omitempty"`
	Indexes    []string `json:"indexes,omitempty"` // where they are, if that is known
	Heads      []string `json:"heads,omitempty"`
	Advertised bool     `json:"advertised,omitempty"` // the index says that these are there
}

type answer struct {
	Indexes []string            `json:"indexes"`
	Pages   map[string][]served `json:"pages"`
	Heads   map[string]string   `json:"heads"`
}

// served is what one index answered.
type served struct {
	Type    string `json:"type"`
	URL     string `json:"url"`
	Body    string `json:"body"`
	Error   string `json:"error"`
	Status  int    `json:"status"`
	Offline bool   `json:"offline"`
}

// maxAnswer bounds the answers of all indexes to one question, in bytes.
const maxAnswer = 256 << 20

// asked runs the program. An interpreter that is not there is ErrNoTool.
func (t *Tools) asked(ctx context.Context, q question) (answer, error) {
	if t.down != nil {
		return answer{}, t.down
	}
	dir, err := t.folder()
	if err != nil {
		return answer{}, err
	}
	defer os.RemoveAll(dir)
	text, err := json.Marshal(q)
	if err != nil {
		return answer{}, err
	}
	if err := os.WriteFile(filepath.Join(dir, "request.json"), text, 0o644); err != nil {
		return answer{}, err
	}
	_, err = t.tool(ctx, dir, "", []string{"PYTHONDONTWRITEBYTECODE=1"}, "python3", "-c", ask)
	if errors.Is(err, manager.ErrNoTool) {
		_, err = t.tool(ctx, dir, "", nil, "python", "-c", ask)
	}
	var refusal *toolError
	if errors.As(err, &refusal) {
		return answer{}, fmt.Errorf("ask the package index: %s: %w", oneLine(refusal.text, 300), manager.ErrRegistry)
	}
	if err != nil {
		return answer{}, err
	}
	f, err := os.Open(filepath.Join(dir, "answer.json"))
	if err != nil {
		return answer{}, fmt.Errorf("ask the package index: no answer was written: %w", manager.ErrRegistry)
	}
	defer f.Close()
	var a answer
	if err := json.NewDecoder(io.LimitReader(f, maxAnswer)).Decode(&a); err != nil {
		return answer{}, fmt.Errorf("ask the package index: %w: %w", err, manager.ErrRegistry)
	}
	return a, nil
}

// where returns the addresses of the indexes that pip is configured with, the first before the extra ones.
func (t *Tools) where(ctx context.Context) ([]string, error) {
	if t.indexes == nil {
		a, err := t.asked(ctx, question{Where: true})
		if err != nil {
			return nil, err
		}
		t.indexes = append([]string{}, a.Indexes...)
	}
	return t.indexes, nil
}

// load takes in the pages of names that are not known yet. Those that no index answers for are known by their error.
func (t *Tools) load(ctx context.Context, names ...string) error {
	if t.pages == nil {
		t.pages, t.heads = map[string]page{}, map[string]string{}
	}
	var missing []string
	for _, name := range names {
		if _, ok := t.pages[name]; !ok && nameForm.MatchString(name) && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	for batch := range slices.Chunk(missing, 50) {
		a, err := t.asked(ctx, question{Names: batch, Indexes: t.indexes})
		if err != nil {
			return err
		}
		t.indexes = append([]string{}, a.Indexes...)
		if len(a.Indexes) == 0 {
			return fmt.Errorf("pip is missing or is configured without an index, so versions cannot be asked for; set index-url in pip's configuration: %w", manager.ErrNoTool)
		}
		for _, name := range batch {
			t.pages[name] = t.join(name, a.Pages[name])
		}
	}
	return nil
}

// join makes one page of the answers of several indexes, as pip does.
func (t *Tools) join(name string, answers []served) page {
	var all page
	var fault error
	answered, offline := false, len(answers) > 0
	for _, s := range answers {
		offline = offline && s.Offline
		if s.Error != "" {
			if fault == nil || s.Status != 404 {
				fault = fmt.Errorf("%s: %w", oneLine(s.Error, 200), manager.ErrRegistry)
			}
			if s.Status != 404 { // a part of the truth is not the truth
				all.err = fmt.Errorf("versions of %s: %w; check pip's index settings and the network", name, fault)
			}
			continue
		}
		p, err := parsePage(name, s)
		if err != nil {
			all.err = fmt.Errorf("versions of %s: %w: %w", name, err, manager.ErrRegistry)
			continue
		}
		answered = true
		all.files = append(all.files, p.files...)
		all.provenance = all.provenance || p.provenance
		if all.status == "" {
			all.status, all.reason = p.status, p.reason
		}
	}
	if len(all.files) >= maxFiles {
		all.err = fmt.Errorf("versions of %s: the indexes list %d files or more, too many to tell apart: %w", name, maxFiles, manager.ErrRegistry)
	}
	all.arrange()
	if offline {
		t.down = fmt.Errorf("%w: %w; check pip's index settings and the network", manager.ErrUnreached, fault)
		all.err = t.down
	}
	if !answered && all.err == nil {
		if fault == nil {
			fault = manager.ErrRegistry
		}
		all.err = fmt.Errorf("versions of %s: %w; no index that pip is configured with has it", name, fault)
	}
	return all
}

// page returns what the indexes have of name.
func (t *Tools) page(ctx context.Context, name string) (page, error) {
	name = python.Normalize(name)
	if !nameForm.MatchString(name) {
		return page{}, fmt.Errorf("%.100q is no name of a package on an index: %w", name, manager.ErrRegistry)
	}
	if err := t.load(ctx, name); err != nil {
		return page{}, fmt.Errorf("versions of %s: %w", name, err)
	}
	return t.pages[name], t.pages[name].err
}

// metadata returns the heads of the metadata of versions, by version, as far as the indexes have them apart from the packages.
func (t *Tools) metadata(ctx context.Context, p page, versions []string) (map[string]string, error) {
	urls := map[string]string{}
	var missing []string
	advertised := true
	for _, version := range versions {
		f, ok := p.wheel(version)
		if !ok {
			continue
		}
		urls[version] = f.url + ".metadata"
		advertised = advertised && f.metadata
		if _, known := t.heads[urls[version]]; !known {
			missing = append(missing, urls[version])
		}
	}
	if len(missing) > 0 {
		a, err := t.asked(ctx, question{Heads: missing, Advertised: advertised})
		if err != nil {
			return nil, err
		}
		for _, u := range missing {
			t.heads[u] = a.Heads[u]
		}
	}
	heads := map[string]string{}
	for version, u := range urls {
		if text := t.heads[u]; strings.TrimSpace(text) != "" {
			heads[version] = text
		}
	}
	return heads, nil
}
