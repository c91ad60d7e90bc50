package vex

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Subject is one installed package, as statements may speak of it.
type Subject struct {
	Package []PURL   // it; more where it goes by several names, as with a distribution's source package
	Ways    [][]PURL // what holds it along each way that it comes in, itself not among them; nil where not all ways are known
	Wholes  []Whole  // the applications that it is part of
}

// Whole is something that packages are parts of.
type Whole struct {
	Text string // by which a product names it exactly
	PURL *PURL  // nil where Text is no package URL
}

// NewWhole takes a package URL or any other identifier.
func NewWhole(text string) Whole {
	if p, err := ParsePURL(text); err == nil {
		return Whole{text, &p}
	}
	return Whole{Text: text}
}

// Set answers what documents say of one package and one vulnerability.
type Set struct {
	index map[string]map[string][]*entry // by vulnerability, then by what the entry is about and its version
	crowd map[string]bool                // vulnerabilities of which too much is said of one thing
}

// maxAlike is how many products of statements may be about one version of one package and one vulnerability.
const maxAlike = 1000

// entry is one product of one statement.
type entry struct {
	statement *Statement
	product   name
	parts     []name
	order     int
}

// name is a component with its package URLs.
type name struct {
	texts []string
	purls []PURL
}

// NewSet indexes the statements of documents.
func NewSet(documents []Document) *Set {
	s := &Set{index: map[string]map[string][]*entry{}, crowd: map[string]bool{}}
	order := 0
	for i := range documents {
		for j := range documents[i].Statements {
			statement := &documents[i].Statements[j]
			for _, p := range statement.Products {
				e := &entry{statement: statement, product: named(p.Component), order: order}
				order++
				about := []name{e.product}
				if len(p.Subcomponents) > 0 {
					about = nil
				}
				for _, sub := range p.Subcomponents {
					part := named(sub)
					e.parts, about = append(e.parts, part), append(about, part)
				}
				for _, id := range statement.IDs {
					s.put(strings.ToUpper(id), e, about)
				}
			}
		}
	}
	return s
}

func named(c Component) name {
	var n name
	for _, text := range []string{c.ID, c.PURL, c.Name} {
		if text == "" {
			continue
		}
		n.texts = append(n.texts, text)
		if strings.HasPrefix(strings.ToLower(text), "pkg:") {
			if p, err := ParsePURL(text); err == nil {
				n.purls = append(n.purls, p)
			}
		}
	}
	return n
}

func (s *Set) put(id string, e *entry, about []name) {
	if s.index[id] == nil {
		s.index[id] = map[string][]*entry{}
	}
	var keys []string
	for _, n := range about {
		for _, p := range n.purls {
			keys = append(keys, p.versioned())
		}
		for _, text := range n.texts {
			keys = append(keys, "="+text)
		}
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		all := s.index[id][key]
		switch {
		case len(all) > 0 && all[len(all)-1].statement == e.statement && all[len(all)-1].same(e):
		case len(all) == maxAlike:
			s.crowd[id] = true
		default:
			s.index[id][key] = append(all, e)
		}
	}
}

// same reports whether two entries of one statement are spelled alike.
func (e *entry) same(f *entry) bool {
	equal := func(a, b name) bool { return slices.Equal(a.texts, b.texts) }
	return equal(e.product, f.product) && slices.EqualFunc(e.parts, f.parts, equal)
}

// Crowded returns the vulnerabilities of which documents say so much about one thing that none of it is used, sorted.
func (s *Set) Crowded() []string { return slices.Sorted(maps.Keys(s.crowd)) }

// Knows reports whether there is any statement on a vulnerability, by any of its ids.
func (s *Set) Knows(ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return s.index[strings.ToUpper(strings.TrimSpace(id))] != nil })
}

// About returns all statements on a vulnerability, by any of its ids, that cover the subject, in the order of the documents.
func (s *Set) About(ids []string, subject Subject) []Statement {
	var keys []string
	add := func(p PURL) { keys = append(keys, p.versioned(), p.At("").versioned()) }
	for _, p := range subject.Package {
		add(p)
	}
	for _, way := range subject.Ways {
		for _, p := range way {
			add(p)
		}
	}
	for _, w := range subject.Wholes {
		keys = append(keys, "="+w.Text)
		if w.PURL != nil {
			add(*w.PURL)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	var found []*entry
	seen := map[*Statement]bool{}
	for _, id := range ids {
		id = strings.ToUpper(strings.TrimSpace(id))
		at := s.index[id]
		if s.crowd[id] {
			return nil
		}
		if at == nil {
			continue
		}
		for _, key := range keys {
			for _, e := range at[key] {
				if !seen[e.statement] && e.covers(subject) {
					seen[e.statement] = true
					found = append(found, e)
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b *entry) int { return a.order - b.order })
	var all []Statement
	for _, e := range found {
		all = append(all, *e.statement)
	}
	return all
}

// covers reports whether the product is the subject, holds it along every way, or is something that it is part of. With
// parts, one of these must be the subject, or hold it along every way.
func (e *entry) covers(s Subject) bool {
	if !e.product.isWhole(s) && !e.product.about(s) {
		return false
	}
	return len(e.parts) == 0 || slices.ContainsFunc(e.parts, func(part name) bool { return part.about(s) })
}

func (n name) isWhole(s Subject) bool {
	return slices.ContainsFunc(s.Wholes, func(w Whole) bool {
		return slices.Contains(n.texts, w.Text) || w.PURL != nil && n.covers([]PURL{*w.PURL})
	})
}

func (n name) about(s Subject) bool {
	if n.covers(s.Package) {
		return true
	}
	return len(s.Ways) > 0 && !slices.ContainsFunc(s.Ways, func(way []PURL) bool { return !n.covers(way) })
}

// covers reports whether n covers one of packages.
func (n name) covers(packages []PURL) bool {
	return slices.ContainsFunc(n.purls, func(p PURL) bool { return slices.ContainsFunc(packages, p.Covers) })
}

// Latest returns the statement of each author that holds: the latest, and of those of one time the one that asks for most. They
// are sorted by author. A document without author speaks for itself.
func Latest(statements []Statement) []Statement {
	by := map[string]Statement{}
	var authors []string
	for _, s := range statements {
		author := s.Speaker()
		have, ok := by[author]
		if !ok {
			authors = append(authors, author)
		}
		if c := s.AsOf().Compare(have.AsOf()); !ok || c > 0 || c == 0 && s.Status.Heavier(have.Status) {
			by[author] = s
		}
	}
	slices.Sort(authors)
	var all []Statement
	for _, author := range authors {
		all = append(all, by[author])
	}
	return all
}

// Speaker is who makes the statement, in a form to compare by.
func (s Statement) Speaker() string {
	return cmp.Or(strings.ToLower(strings.Join(strings.Fields(s.Author), " ")), s.File)
}
