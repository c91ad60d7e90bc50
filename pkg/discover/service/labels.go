package service

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// label is one label, annotation or tag, wherever it stands.
type label struct {
	key, value string
	line       int
}

// tellLabels says what labels mean of at.
func (f *finder) tellLabels(at place, labels []label, source, file string) {
	for _, l := range labels {
		for _, c := range f.config.meanings(l) {
			c.source, c.file, c.line = source, file, l.line
			c.why = fmt.Sprintf("%s is %q", l.key, l.value)
			f.say(at, c)
		}
	}
}

// labelsOf reads a map of plain values.
func labelsOf(v *document.Value) []label {
	var list []label
	for _, field := range v.Map() {
		if text := field.Value.Str(); text != "" {
			list = append(list, label{field.Key, text, field.Line})
		} else if field.Value.True() {
			list = append(list, label{field.Key, "true", field.Line})
		}
	}
	return list
}

// The usual keys, without prefix, words joined by a dash.
var (
	criticalityKeys = set("criticality business-criticality tier service-tier app-tier support-tier importance business-impact business-criticality-level")
	dataKeys        = set("data-classification data-class dataclassification data-sensitivity sensitivity data-category data-categories data-type data compliance compliance-scope")
	ownerKeys       = set("owner team owned-by service-owner owning-team squad managed-by-team technical-owner business-owner contact-team")
	environmentKeys = set("environment env stage deployment-environment environment-name")
	lifecycleKeys   = set("lifecycle lifecycle-stage")
	flagKeys        = map[string]string{"pci": "pci", "pci-dss": "pci", "pci-scope": "pci", "in-pci-scope": "pci", "contains-pci": "pci", "pii": "pii", "contains-pii": "pii",
		"has-pii": "pii", "phi": "phi", "contains-phi": "phi", "hipaa": "phi", "gdpr": "pii"}
)

// meanings returns the facts that a label states, without source and place.
func (c Config) meanings(l label) []claim {
	key := plainName(l.key[strings.LastIndexByte(l.key, '/')+1:])
	value := strings.ToLower(strings.TrimSpace(l.value))
	is := func(usual map[string]bool, own []string) bool {
		return usual[key] || slices.ContainsFunc(own, func(k string) bool { return k == l.key || plainName(k) == key })
	}
	var claims []claim
	add := func(signal fettle.Signal, text string) {
		if text != "" {
			claims = append(claims, claim{signal: signal, text: text})
		}
	}
	if is(criticalityKeys, c.Labels.Criticality) {
		add(fettle.Criticality, c.level(l.value))
	}
	if is(dataKeys, c.Labels.Data) {
		for _, class := range dataClasses(value) {
			if class != "none" || strings.HasPrefix(key, "data") {
				add(fettle.Data, class)
			}
		}
		add(fettle.Regime, regime(value))
	}
	if class := flagKeys[key]; class != "" && (value == "true" || value == "yes" || value == "1" || value == "in-scope") {
		add(fettle.Data, class)
		add(fettle.Regime, regime(key))
	}
	if is(ownerKeys, c.Labels.Owner) && plain(l.value) {
		add(fettle.Owner, strings.TrimSpace(l.value))
	}
	if is(environmentKeys, c.Labels.Environment) {
		add(fettle.Environment, environment(value))
	}
	if is(lifecycleKeys, c.Labels.Lifecycle) {
		add(fettle.Lifecycle, lifecycle(value))
	}
	return claims
}

// plain reports whether a value is one that needs no evaluation.
func plain(value string) bool { return len(value) <= 100 && !strings.ContainsAny(value, "${}\n") }

// level returns the criticality that a value names, or "".
func (c Config) level(value string) string {
	if level := c.Levels[value]; level != "" {
		return level
	}
	switch strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(strings.TrimSpace(value))) {
	case "high", "critical", "veryhigh", "missioncritical", "businesscritical", "tier0", "tier1", "t0", "t1", "0", "1", "p0", "p1", "gold", "platinum", "essential":
		return "high"
	case "medium", "moderate", "tier2", "t2", "2", "p2", "silver", "important":
		return "medium"
	case "low", "verylow", "tier3", "tier4", "t3", "t4", "3", "4", "p3", "p4", "bronze", "noncritical":
		return "low"
	}
	return ""
}

// dataClasses returns the classes of data that a value names.
func dataClasses(value string) []string {
	var classes []string
	words := strings.FieldsFunc(value, func(r rune) bool { return r < '0' || r > '9' && r < 'a' || r > 'z' })
	for _, word := range words {
		class := ""
		switch word {
		case "pci", "pcidss", "cardholder", "chd", "payment", "payments":
			class = "pci"
		case "pii", "personal", "gdpr", "spi":
			class = "pii"
		case "phi", "hipaa", "health", "ephi":
			class = "phi"
		case "secret", "secrets", "credentials":
			class = "secrets"
		case "confidential", "restricted", "sensitive":
			class = word
		}
		if class != "" && !slices.Contains(classes, class) {
			classes = append(classes, class)
		}
	}
	if len(words) == 1 && words[0] == "none" {
		classes = append(classes, "none")
	}
	return classes
}

func regime(value string) string {
	switch {
	case strings.Contains(value, "pci"):
		return "pci-dss"
	case strings.Contains(value, "hipaa"):
		return "hipaa"
	}
	return ""
}

// environment returns the environment that a name such as shop-prod-eu names, or "". Of several words the most urgent counts.
func environment(name string) string {
	name = strings.NewReplacer("pre-prod", "staging", "preprod", "staging", "non-prod", "development", "nonprod", "development").Replace(strings.ToLower(name))
	found := ""
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r < '0' || r > '9' && r < 'a' || r > 'z' }) {
		switch word {
		case "prod", "production", "live", "prd":
			return "production"
		case "staging", "stage", "stg", "uat":
			found = "staging"
		case "dev", "development", "test", "testing", "qa", "sandbox", "sbx", "local":
			if found == "" {
				found = "development"
			}
		}
	}
	return found
}

func lifecycle(value string) string {
	switch value {
	case "experimental", "alpha", "poc", "prototype", "incubating":
		return "experimental"
	case "production", "live", "active", "ga", "stable":
		return "production"
	case "deprecated", "sunset", "end-of-life", "eol":
		return "deprecated"
	case "retired", "decommissioned":
		return "retired"
	}
	return ""
}
