//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// corpus makes npm records of the shapes that OSV's archive has: nearly all are about one malicious package each, without a
// fix, and some thousands are GitHub's, several of them about each popular package.
type corpus struct {
	random  *rand.Rand
	count   int
	phrases []string // sentences that texts repeat
}

// reviewedPart is the number of records for each that GitHub reviewed, as in npm's archive of 2026.
const reviewedPart = 34

const popular = 3_000 // packages that have reviewed records

func newCorpus(count int) *corpus {
	c := &corpus{random: rand.New(rand.NewPCG(1, 2)), count: count}
	for range 200 {
		c.phrases = append(c.phrases, title(c.sentence(5+c.random.IntN(12)))+".")
	}
	return c
}

type object = map[string]any

// each calls yield with the id and the JSON of every record.
func (c *corpus) each(yield func(id string, record []byte) error) error {
	for i := range c.count {
		id, record := c.record(i)
		data, err := json.Marshal(record)
		if err != nil {
			return err
		}
		if err := yield(id, data); err != nil {
			return err
		}
	}
	return nil
}

func (c *corpus) record(i int) (string, object) {
	if i%reviewedPart == 0 {
		return c.reviewed(i)
	}
	return c.malicious(i)
}

// popularName is the i-th package with reviewed records, and maliciousName that of record i. Both spread over the alphabet.
func popularName(i int) string { return fmt.Sprintf("%s-%s-%d", word(i*7), word(i*13+5), i) }

func maliciousName(i int) string {
	name := fmt.Sprintf("%s-%s-%s%d", word(i*31), word(i*17+3), word(i), i)
	if i%5 == 0 {
		return "@" + word(i*11) + "/" + name
	}
	return name
}

// versionOf is what lockfiles install of the i-th popular package. Of its records about one in twenty affects it.
func versionOf(i int) string { return fmt.Sprintf("%d.%d.%d", 3+i%3, i%10, i%7) }

func (c *corpus) reviewed(i int) (string, object) {
	// Every popular package has a record, and a few have dozens.
	n := i / reviewedPart
	if n >= popular {
		n = int(float64(popular) * c.random.Float64() * c.random.Float64() * c.random.Float64())
	}
	name := popularName(n)
	id := ghsa(i)
	fixed := fmt.Sprintf("%d.%d.%d", 1+c.random.IntN(2), c.random.IntN(20), c.random.IntN(10))
	if c.random.IntN(20) == 0 {
		fixed = fmt.Sprintf("%d.%d.0", 9, c.random.IntN(9))
	}
	affected := []object{{
		"package":           object{"ecosystem": "npm", "name": name},
		"ranges":            []object{{"type": "SEMVER", "events": []object{{"introduced": "0"}, {"fixed": fixed}}}},
		"database_specific": object{"last_known_affected_version_range": "< " + fixed},
	}}
	for range c.random.IntN(3) { // other packages, or other lines of the same
		affected = append(affected, object{
			"package": object{"ecosystem": "npm", "name": popularName(c.random.IntN(popular))},
			"ranges":  []object{{"type": "SEMVER", "events": []object{{"introduced": "1.0.0"}, {"fixed": "1.2.3"}}}},
		})
	}
	var references []object
	for range 3 + c.random.IntN(8) {
		references = append(references, object{"type": "WEB", "url": fmt.Sprintf("https://code.example/%s/%s/commit/%040x", word(n), name, c.random.Uint64())})
	}
	return id, object{
		"schema_version": "1.6.0", "id": id, "modified": c.day(), "published": c.day(),
		"aliases": []string{fmt.Sprintf("CVE-20%02d-%d", 14+i%12, 10_000+i)},
		"summary": fmt.Sprintf("%s in %s", title(c.sentence(4)), name), "details": "### Impact\n" + c.text(500+c.random.IntN(3000)),
		"severity": []object{{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
		"affected": affected, "references": references,
		"database_specific": object{"cwe_ids": []string{fmt.Sprintf("CWE-%d", 20+c.random.IntN(900))}, "severity": "HIGH", "github_reviewed": true,
			"github_reviewed_at": c.day(), "nvd_published_at": c.day()},
	}
}

func (c *corpus) malicious(i int) (string, object) {
	name := maliciousName(i)
	id := fmt.Sprintf("MAL-%d-%d", 2022+i%5, i)
	ranges := []object{{"type": "SEMVER", "events": []object{{"introduced": "0"}}}}
	affected := object{
		"package": object{"ecosystem": "npm", "name": name, "purl": "pkg:npm/" + strings.Replace(name, "@", "%40", 1)},
		"database_specific": object{
			"source": "https://code.example/malicious-packages/npm/" + name + "/" + id + ".json",
			"cwes":   []object{{"cweId": "CWE-506", "name": "Embedded Malicious Code", "description": c.sentence(14)}},
		},
	}
	if i%3 == 0 { // some name versions instead, or both
		var versions []string
		for v := range 1 + c.random.IntN(12) {
			versions = append(versions, fmt.Sprintf("1.%d.%d", v, c.random.IntN(10)))
		}
		affected["versions"] = versions
	}
	if i%6 != 0 {
		affected["ranges"] = ranges
	}
	record := object{
		"schema_version": "1.5.0", "id": id, "modified": c.day(), "published": c.day(),
		"summary":    "Malicious code in " + name + " (npm)",
		"details":    fmt.Sprintf("The package %s was found to hold malicious code.\n\n%s\n\nChecksum %064x", name, c.text(200+c.random.IntN(700)), c.random.Uint64()),
		"affected":   []object{affected},
		"references": []object{{"type": "WEB", "url": "https://code.example/advisories/" + id}},
		"credits":    []object{{"name": "Some Scanner", "type": "FINDER", "contact": []string{"https://scanner.example/contact"}}},
		"database_specific": object{"malicious-packages-origins": []object{{
			"source": "some-scanner", "sha256": fmt.Sprintf("%064x", c.random.Uint64()), "import_time": c.day(), "modified_time": c.day(), "ranges": ranges}}},
	}
	if i%2 == 0 {
		record["aliases"] = []string{ghsa(i)}
	}
	return id, record
}

func ghsa(i int) string {
	const digits = "23456789cfghjmpqrvwx"
	id := []byte("GHSA-xxxx-xxxx-xxxx")
	n := uint64(i)*2654435761 + 12345
	for at := range id[5:] {
		if id[5+at] == 'x' {
			id[5+at] = digits[n%uint64(len(digits))]
			n = n/uint64(len(digits)) + uint64(i)*uint64(at+1)
		}
	}
	return string(id)
}

func (c *corpus) day() string {
	return time.Date(2018+c.random.IntN(8), 1, 1+c.random.IntN(365), c.random.IntN(24), c.random.IntN(60), c.random.IntN(60), 0, time.UTC).Format(time.RFC3339)
}

func (c *corpus) sentence(words int) string {
	var b strings.Builder
	for i := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word(c.random.IntN(1 << 12)))
	}
	return b.String()
}

// text is about so many bytes of sentences. Two in three are among those that advisories repeat, so that compression leaves
// about as much of it as of real ones.
func (c *corpus) text(size int) string {
	var b strings.Builder
	for b.Len() < size {
		if c.random.IntN(3) > 0 {
			b.WriteString(c.phrases[c.random.IntN(len(c.phrases))])
		} else {
			b.WriteString(title(c.sentence(5+c.random.IntN(12))) + ".")
		}
		if c.random.IntN(5) == 0 {
			b.WriteString("\n\n")
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

var syllables = []string{"ba", "co", "der", "fi", "gan", "hu", "jor", "ka", "lem", "mi", "nor", "pa", "qui", "ren", "sto", "tu", "ver", "wax", "yel", "zo"}

// word is the i-th of some thousand words of two or three syllables.
func word(i int) string {
	n := uint(i) * 2654435761 % 8000
	w := syllables[n%20] + syllables[n/20%20]
	if n%3 > 0 {
		w += syllables[n/400]
	}
	return w
}
