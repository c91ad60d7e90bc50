package deliver

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Service is what is known of the service in one folder: what is believed, and what else is said and does not count.
type Service struct {
	Dir       string        `json:"dir"` // relative to the repository; "" is all of it
	Lockfiles []string      `json:"lockfiles"`
	Believed  []fettle.Fact `json:"believed"`
	Others    []fettle.Fact `json:"others,omitempty"`
}

// Services writes what is believed of each service, with the line that says so.
type Services struct {
	Out   io.Writer
	Width int // columns, 80 to 200; 0 is 100
	Color bool
	JSON  bool
}

// topics are the context signals in the order of the page.
var topics = []fettle.Signal{fettle.Exposure, fettle.Data, fettle.Criticality, fettle.Lifecycle, fettle.Environment, fettle.Owner, fettle.Regime, fettle.Role, fettle.Shipped}

// Write writes the services and the gaps that were met on the way.
func (s Services) Write(_ context.Context, services []Service, gaps []fettle.Gap) error {
	if s.JSON {
		e := json.NewEncoder(s.Out)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			Schema   string       `json:"schema"`
			Services []Service    `json:"services"`
			Gaps     []fettle.Gap `json:"gaps"`
		}{"fettle-context/1", present(services), present(gaps)})
	}
	p := printer{width: min(max(cmp.Or(s.Width, 100), 80), 200), color: s.Color}
	if len(services) == 0 {
		p.line("No lockfile or manifest was found, so there is no service to speak of.")
	}
	for i, service := range services {
		if i > 0 {
			p.line("")
		}
		p.line(p.paint(cmp.Or(plain(service.Dir), "the whole repository"), bold) + "  " + p.paint(plain(strings.Join(few(service.Lockfiles, 3), ", ")), dim))
		p.service(service)
	}
	p.gaps(fettle.Report{Gaps: gaps})
	if _, err := s.Out.Write(p.out.Bytes()); err != nil {
		return fmt.Errorf("write the context: %w", err)
	}
	return nil
}

// unsaid is what counts where nobody says anything.
var unsaid = map[fettle.Signal]string{
	fettle.Exposure: "nobody says: counts as open", fettle.Data: "nobody says: none", fettle.Criticality: "nobody says: counts as medium",
	fettle.Environment: "nobody says: development's policy holds",
}

func (p *printer) service(s Service) {
	for _, topic := range topics {
		label := pad(strings.ToLower(string(topic)), 13)
		said := false
		for _, f := range s.Believed {
			if f.Signal == topic {
				p.fact("  "+label, f, "")
				label, said = pad("", 13), true
			}
		}
		if !said && unsaid[topic] != "" {
			p.line("  " + label + p.paint(unsaid[topic], dim))
		}
		for _, f := range s.Others {
			if f.Signal == topic {
				p.fact("  "+pad("", 13), f, why(f))
			}
		}
	}
}

// why says what keeps a fact from counting.
func why(f fettle.Fact) string {
	switch {
	case f.Proposed:
		return "only the change says so; does not count"
	case f.Strength == fettle.Hinted:
		return "a hint; does not count"
	}
	return "does not count"
}

func (p *printer) fact(label string, f fettle.Fact, note string) {
	who := "inferred"
	if f.Declared {
		who = "declared"
	}
	if note != "" {
		who += ", " + note
	}
	place := f.Source
	if f.Where != nil {
		place = f.Where.String()
	}
	lead := label + pad(plain(f.Text), 12) + "  " + who + "  " + plain(place)
	why := ""
	if !f.Declared && f.Why != "" {
		why = clip(plain(f.Why), 200)
	}
	var styles []style
	if note != "" {
		styles = []style{dim}
	}
	if columns(lead)+2+columns(why) <= p.width {
		p.line(p.paint(strings.TrimRight(lead+"  "+why, " "), styles...))
		return
	}
	p.line(p.paint(lead, styles...))
	p.para(strings.Repeat(" ", 17), why, styles...)
}
