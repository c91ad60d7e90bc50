package deliver

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Explanation writes how the priority of each of some cases came about: where the package is and how it comes there, how far
// the program gets into it, what each source says and when, what it adds to the rank, and what would change the outcome.
type Explanation struct {
	Out   io.Writer
	Width int  // columns, 80 to 200; 0 is 100
	Color bool // with ANSI colours
	Of    func(f fettle.Finding) bool
}

// Deliver writes the cases of r that e.Of picks, the most urgent first.
func (e Explanation) Deliver(_ context.Context, r fettle.Report) error {
	p := printer{width: min(max(cmp.Or(e.Width, 100), 80), 200), color: e.Color}
	for _, c := range r.Cases {
		if e.Of(c.Finding) {
			if p.out.Len() > 0 {
				p.line("")
				p.line(p.paint(strings.Repeat("─", p.width), dim))
				p.line("")
			}
			p.explain(r, c)
		}
	}
	if _, err := e.Out.Write(p.out.Bytes()); err != nil {
		return fmt.Errorf("write the explanation: %w", err)
	}
	return nil
}

// item writes texts under a label that stands once.
func (p *printer) item(label string, texts ...string) {
	for _, text := range texts {
		if text == "" {
			continue
		}
		for _, line := range wrap(plain(text), p.width-10) {
			p.line(p.paint(pad(label, 10), bold) + line)
			label = ""
		}
	}
}

func (p *printer) explain(r fettle.Report, c fettle.Case) {
	f, priority := c.Finding, c.Priority
	p.line(p.paint(outcomeWord(c), bold, outcomeStyle(c)) + "  " + p.paint(plain(f.Rule)+"  "+plain(f.Package.PURL()), bold))
	if f.Title != "" {
		p.para("", clip(plain(f.Title), 200))
	}
	about := []string{"finding " + string(f.ID)}
	about = append(about, few(plainAll(f.Aliases), 4)...)
	if d := date(f.Published); d != "" {
		about = append(about, "published "+d)
	}
	p.para("", strings.Join(about, ", "), dim)
	p.line("")
	p.item("Outcome", outcomeText(priority))
	p.item("Due", dueText(priority)...)
	p.item("Marks", plain(strings.Join(priority.Marks, ", ")))
	p.item("Where", f.Location.String()+" ("+reach(f)+")")
	p.item("Path", pathTexts(f, 3)...)
	p.item("Reach", chainTexts(c)...)
	p.line("")
	p.rank(priority)
	p.item("Vector", plain(priority.Vector))
	p.line("")
	would := plainAll(priority.Would)
	if len(would) == 0 {
		would = []string{"nothing that one fact could change"}
	}
	p.item("Would be", would...)
	p.item("Fix", fixText(r, c))
	p.item("Policy", plain(decisionText(c.Decision)))
	p.item("Says", evidenceTexts(c)...)
	if len(r.Gaps) > 0 {
		p.item("Not known", count(len(r.Gaps), "thing", "things")+" could not be checked in this run; `fettle scan` lists them")
	}
}

func plainAll(texts []string) []string {
	all := make([]string, len(texts))
	for i, t := range texts {
		all[i] = plain(t)
	}
	return all
}

func outcomeText(p fettle.Priority) string {
	for _, r := range p.Reasons {
		if r.Factor == "outcome" {
			return plain(r.Text)
		}
	}
	return string(p.Outcome)
}

// dueText gives the reasons of due, and first the day that counts.
func dueText(p fettle.Priority) []string {
	var all []string
	for _, r := range p.Reasons {
		if r.Factor == "due" {
			all = append(all, plain(r.Text))
		}
	}
	if p.Due != nil && len(all) > 1 && !p.Due.Date.IsZero() {
		late := ""
		if p.Due.Overdue {
			late = ", overdue"
		}
		all = append([]string{p.Due.Date.Format(time.DateOnly) + late + " (" + plain(p.Due.Regime) + ")"}, all...)
	}
	return all
}

// pathTexts are the shortest ways from the root to the package.
func pathTexts(f fettle.Finding, limit int) []string {
	var all []string
	ways := 0
	for _, in := range f.Instances {
		ways += in.PathCount
		for _, path := range in.Paths {
			if len(all) < limit {
				all = append(all, strings.Join(plainAll(path), " > "))
			}
		}
	}
	if more := ways - len(all); more > 0 && len(all) > 0 {
		all[len(all)-1] += fmt.Sprintf("  (and %s more)", count(more, "way", "ways"))
	}
	return all
}

// maxHops bounds a chain on the screen.
const maxHops = 8

// chainTexts says how far the program gets into the package, and by which steps.
func chainTexts(c fettle.Case) []string {
	var all []string
	for _, e := range c.Evidence {
		if e.Signal != fettle.Reach {
			continue
		}
		all = append(all, strings.TrimPrefix(evidenceText(e), "Reachability: "))
		for i, hop := range e.Chain {
			if i == maxHops {
				all = append(all, fmt.Sprintf("… %d more steps", len(e.Chain)-i))
				break
			}
			step := hop.Location.String()
			if hop.Symbol != "" {
				step = hop.Symbol + " at " + step
			}
			if hop.Package != "" {
				step += " of " + hop.Package
			}
			all = append(all, plain("→ "+step))
		}
	}
	if len(all) == 0 {
		all = []string{"nobody looked whether the vulnerable code is reached"}
	}
	return all
}

// rank lists what each factor adds.
func (p *printer) rank(priority fettle.Priority) {
	p.line(p.paint(fmt.Sprintf("Rank      %s of 100", number(priority.Rank)), bold))
	skip := []string{"outcome", "due", "vector", "depth"}
	for _, r := range priority.Reasons {
		if slices.Contains(skip, r.Factor) {
			continue
		}
		points := "     ·"
		if r.Points != 0 {
			points = fmt.Sprintf("%+6.1f", r.Points)
		}
		p.para("  "+points+"  ", plain(r.Text))
	}
}

func fixText(r fettle.Report, c fettle.Case) string {
	if c.Unfixed != "" {
		return plain("none drafted: " + c.Unfixed)
	}
	return plain(remedyText(r, c))
}

// evidenceTexts lists what sources say that the rank does not: classes of weakness, exploits, VEX.
func evidenceTexts(c fettle.Case) []string {
	var all []string
	for _, e := range c.Evidence {
		switch e.Signal {
		case fettle.VEX, fettle.CWE, fettle.Owner, fettle.Lifecycle, fettle.Role:
			if e.Status == fettle.Known || e.Signal == fettle.VEX {
				all = append(all, plain(evidenceText(e)))
			}
		}
	}
	return all
}
