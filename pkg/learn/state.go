package learn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Schema names the shape of the state. The number rises whenever the same labels give another posterior.
const Schema = "fettle-learned/1"

const (
	maxState   = 64 << 20 // bytes
	maxLabels  = 200_000
	maxIgnored = 50 // reasons
)

// written is how many decimals of the posterior the state holds, and agrees how far it may be from what the labels give:
// processors that fuse multiplications differ in the last bits.
const (
	written = 4
	agrees  = 2e-4
)

// Encode returns the state as text for a file: one label a line, in canonical order, then the posterior and the counts, so
// that a change to it can be reviewed. The same labels give the same bytes.
func (m *Model) Encode() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n\"schema\": %q,\n\"labels\": [", Schema)
	for i, l := range m.labels {
		if i > 0 {
			b.WriteByte(',')
		}
		line, err := json.Marshal(l)
		if err != nil {
			return nil, fmt.Errorf("write label %q: %w", l.ID, err)
		}
		b.WriteByte('\n')
		b.Write(line)
	}
	b.WriteString("\n],\n\"posterior\": [")
	for i, p := range parameters {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n{\"name\": %q, \"mean\": %s, \"covariance\": [", p.name, decimal(m.posterior.mean[i]))
		for j := range i + 1 {
			if j > 0 {
				b.WriteString(", ")
			}
			b.WriteString(decimal(m.posterior.covariance[i][j]))
		}
		b.WriteString("]}")
	}
	relevant, unwanted := m.kinds()
	why := m.ignored
	if why == nil {
		why = map[string]int{}
	}
	ignored, err := json.Marshal(why)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, "\n],\n\"counts\": {\"labels\": %d, \"used\": %d, \"relevant\": %d, \"unwanted\": %d, \"weight\": %s, \"ignored\": %s}\n}\n",
		len(m.labels), len(m.used), relevant, unwanted, decimal(m.weight), ignored)
	if b.Len() > maxState || len(m.labels) > maxLabels {
		return nil, fmt.Errorf("the state of %d labels takes %d bytes; the most are %d labels and %d bytes", len(m.labels), b.Len(), maxLabels, maxState)
	}
	return b.Bytes(), nil
}

// decimal rounds, so that a label moves few lines and processors agree; a zero has no sign.
func decimal(v float64) string {
	text := strconv.FormatFloat(v, 'f', written, 64)
	if zero, err := strconv.ParseFloat(text, 64); err == nil && zero == 0 {
		return "0"
	}
	return text
}

// state is what Encode writes.
type state struct {
	Schema    string        `json:"schema"`
	Labels    []Label       `json:"labels"`
	Posterior []coefficient `json:"posterior"`
	Counts    struct {
		Labels   int            `json:"labels"`
		Used     int            `json:"used"`
		Relevant int            `json:"relevant"`
		Unwanted int            `json:"unwanted"`
		Weight   float64        `json:"weight"`
		Ignored  map[string]int `json:"ignored"` // alerts of the last reading that teach nothing, by why
	} `json:"counts"`
}

type coefficient struct {
	Name       string    `json:"name"`
	Mean       float64   `json:"mean"`
	Covariance []float64 `json:"covariance"` // with the parameters up to this one
}

// Decode reads a state that Encode wrote; name is for messages. The posterior is computed anew from the labels, and one
// that does not agree with it is refused: so nothing is believed that no label stands for.
func Decode(name string, text []byte) (*Model, error) {
	if len(text) > maxState {
		return nil, fmt.Errorf("%s: %d bytes; a state has at most %d", name, len(text), maxState)
	}
	fault := func(at int64, format string, args ...any) error {
		return fmt.Errorf("%s:%d: %w", name, 1+bytes.Count(text[:min(at, int64(len(text)))], []byte{'\n'}), fmt.Errorf(format, args...))
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	broken := func(err error) error {
		at := d.InputOffset()
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = syntax.Offset - 1
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fault(int64(len(text)), "ends too early; run fettle learn to make it again, or take it from an earlier commit")
		}
		return fault(max(at, 0), "no state of fettle learn: %w", err)
	}
	var s state
	if err := open(d, '{'); err != nil {
		return nil, broken(err)
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, broken(err)
		}
		key, _ := token.(string)
		if seen[key] {
			return nil, fault(d.InputOffset(), "%.40q stands twice", key)
		}
		seen[key] = true
		switch key {
		case "schema":
			if err := d.Decode(&s.Schema); err != nil {
				return nil, broken(err)
			}
			if s.Schema != Schema {
				return nil, fault(d.InputOffset(), "schema is %.40q; want %s: another release of fettle wrote it", s.Schema, Schema)
			}
		case "labels":
			if s.Schema == "" {
				return nil, fault(d.InputOffset(), "labels before schema; want schema first")
			}
			if s.Labels, err = decodeLabels(d, fault, broken); err != nil {
				return nil, err
			}
		case "posterior":
			if err := d.Decode(&s.Posterior); err != nil {
				return nil, broken(err)
			}
		case "counts":
			if err := d.Decode(&s.Counts); err != nil {
				return nil, broken(err)
			}
		default:
			return nil, fault(d.InputOffset(), "unknown key %.40q; want schema, labels, posterior and counts", key)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, broken(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fault(d.InputOffset(), "something follows the state")
	}
	if s.Schema == "" {
		return nil, fault(0, "no schema; want %s", Schema)
	}
	if len(s.Counts.Ignored) > maxIgnored {
		return nil, fault(d.InputOffset(), "%d reasons to ignore an alert; want at most %d", len(s.Counts.Ignored), maxIgnored)
	}
	m := New(s.Labels).Ignoring(s.Counts.Ignored)
	if why := m.differs(s.Posterior); why != "" {
		return nil, fmt.Errorf("%s: the posterior does not follow from the labels (%s); run fettle learn, which computes it", name, why)
	}
	return m, nil
}

// decodeLabels reads the array of labels; each fault has the line of its label.
func decodeLabels(d *json.Decoder, fault func(int64, string, ...any) error, broken func(error) error) ([]Label, error) {
	if err := open(d, '['); err != nil {
		return nil, broken(err)
	}
	var labels []Label
	seen := map[string]bool{}
	for d.More() {
		if len(labels) == maxLabels {
			return nil, fault(d.InputOffset(), "more than %d labels", maxLabels)
		}
		var l Label
		if err := d.Decode(&l); err != nil {
			return nil, broken(err)
		}
		if err := l.Validate(); err != nil {
			return nil, fault(d.InputOffset()-1, "label %.80q: %w", l.ID, err)
		}
		if seen[l.ID] {
			return nil, fault(d.InputOffset()-1, "label %.80q stands twice", l.ID)
		}
		seen[l.ID] = true
		labels = append(labels, l)
	}
	_, err := d.Token()
	if err != nil {
		return nil, broken(err)
	}
	return labels, nil
}

// open reads the delimiter that begins an object or array.
func open(d *json.Decoder, want json.Delim) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	if token != want {
		return fmt.Errorf("want %s, not %.40q", want, fmt.Sprint(token))
	}
	return nil
}

// differs says where list is not the posterior of m; "" is nowhere.
func (m *Model) differs(list []coefficient) string {
	if len(list) != len(parameters) {
		return fmt.Sprintf("%d parameters; want %d", len(list), len(parameters))
	}
	for i, c := range list {
		if c.Name != parameters[i].name {
			return fmt.Sprintf("parameter %d is %.40q; want %s", i+1, c.Name, parameters[i].name)
		}
		if len(c.Covariance) != i+1 {
			return fmt.Sprintf("%s has %d covariances; want %d", c.Name, len(c.Covariance), i+1)
		}
		if !near(c.Mean, m.posterior.mean[i]) {
			return fmt.Sprintf("the mean of %s is %v; want %s", c.Name, c.Mean, decimal(m.posterior.mean[i]))
		}
		for j, v := range c.Covariance {
			if !near(v, m.posterior.covariance[i][j]) {
				return fmt.Sprintf("the covariance of %s and %s is %v; want %s", c.Name, parameters[j].name, v, decimal(m.posterior.covariance[i][j]))
			}
		}
	}
	return ""
}

func near(a, b float64) bool { return math.Abs(a-b) <= agrees }
