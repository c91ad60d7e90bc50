package deliver

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sarif"
)

// What GitHub code scanning takes in. Beyond a maximum it refuses the file; up to there it keeps the first ones only, so
// the lower figure is the one to meet. A run has no more rules than results, so 25,000 rules need no limit of their own.
const (
	maxResults     = 5000
	maxRelated     = 100
	maxTags        = 10
	maxName        = 255
	maxDescription = 1024
	maxZipped      = 10 << 20
	maxEdits       = 4 << 20 // ours: bytes of edits in one file
	maxNotices     = 200     // ours
)

// within returns r as SARIF that keeps to all limits. The least urgent results go first, ignored ones before all others.
func (s SARIF) within(r fettle.Report) ([]byte, error) {
	return s.fit(r, maxResults, maxZipped)
}

func (s SARIF) fit(r fettle.Report, results, zipped int) ([]byte, error) {
	cases := slices.Clone(r.Cases)
	slices.SortStableFunc(cases, func(a, b fettle.Case) int {
		if ignored := b2i(a.Decision.Action == fettle.Ignore) - b2i(b.Decision.Action == fettle.Ignore); ignored != 0 {
			return ignored
		}
		return fettle.MoreUrgent(a, b)
	})
	keep, room := min(len(cases), results), maxEdits
	for {
		var cuts []string
		if keep < len(cases) {
			cuts = append(cuts, fmt.Sprintf("%s, the least urgent, did not fit into the file. The JSON report holds them all.",
				count(len(cases)-keep, "result", "results")))
		}
		var b bytes.Buffer
		if err := sarif.Write(&b, s.log(r, cases[:keep], room, cuts)); err != nil {
			return nil, err
		}
		size, err := zippedSize(b.Bytes())
		if err != nil {
			return nil, err
		}
		switch {
		case size <= zipped:
			return b.Bytes(), nil
		case room > 0:
			room = 0
		case keep > 0:
			keep = min(keep-1, keep*zipped/size*9/10) // a little less than would just fit
		default:
			return nil, errors.New("the report without any result is larger than the limit")
		}
	}
}

func zippedSize(b []byte) (int, error) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := io.Copy(w, bytes.NewReader(b)); err != nil {
		return 0, err
	}
	err := w.Close()
	return z.Len(), err
}

// notices describe the two kinds of notification.
func notices() []sarif.Rule {
	return []sarif.Rule{
		{ID: "gap", Name: "NotChecked", ShortDescription: &sarif.Text{Text: "Something could not be checked."},
			FullDescription: &sarif.Text{Text: "Something could not be checked, so the run is no all-clear."},
			Help:            &sarif.Text{Text: "The message says what went wrong and what would be right."}},
		{ID: "limit", Name: "LeftOut", ShortDescription: &sarif.Text{Text: "A limit of the format cut something off."},
			FullDescription: &sarif.Text{Text: "A limit of the format or of its readers cut something off; the JSON report holds it."},
			Help:            &sarif.Text{Text: "Write the report as JSON to see all of it."}},
	}
}

// notifications tells of gaps, as errors, and of what was cut, as warnings.
func notifications(r fettle.Report, cuts []string) []sarif.Notification {
	var all []sarif.Notification
	add := func(id string, l sarif.Level, text string, locations ...sarif.Location) {
		all = append(all, sarif.Notification{Descriptor: &sarif.DescriptorReference{ID: id}, Level: l,
			Message: sarif.Message{Text: sarifText(clip(plain(text), maxDescription))}, Locations: locations})
	}
	for i, g := range r.Gaps {
		if i == maxNotices {
			add("gap", sarif.Error, fmt.Sprintf("%d more things could not be checked.", len(r.Gaps)-i))
			break
		}
		text := g.Stage + ": " + gapText(g)
		if l := g.Location; l != nil && l.Path != "" {
			add("gap", sarif.Error, text, sarif.Location{PhysicalLocation: place(*l, fettle.Finding{})})
		} else {
			add("gap", sarif.Error, text)
		}
	}
	for _, c := range cuts {
		add("limit", sarif.Warning, c)
	}
	return all
}
