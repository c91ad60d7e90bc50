package fettle

// Fact is one thing that the repository says about one of its services, or that a person declares of it. A fact becomes
// Evidence of the same signal on every finding of the service.
type Fact struct {
	Service  string    `json:"service"`            // the directory that it is about, relative to the repository; "" is all of it
	Signal   Signal    `json:"signal"`             // one of the context signals
	Text     string    `json:"text"`               // the value, in the words of the signal
	Declared bool      `json:"declared,omitempty"` // a person said so; what is declared beats what is inferred
	Strength Strength  `json:"strength,omitempty"` // of what is inferred; empty where declared
	Source   string    `json:"source"`             // who says so: "fettle.yaml", "kubernetes", "terraform", "compose", "codeowners", ...
	Where    *Location `json:"where,omitempty"`
	Proposed bool      `json:"proposed,omitempty"` // only the change under review says so: it may make things look worse, never better
	Why      string    `json:"why"`                // one line for people: "Service shop is of type LoadBalancer"; may hold text from outside
}

// Strength says how far an inferred fact carries.
type Strength string

const (
	Stated Strength = "stated" // a configuration that is deployed says so
	Hinted Strength = "hinted" // names and layout suggest it; of data, two hints make one statement
)

// same reports whether f and g say the same of the same service, wherever they say it.
func (f Fact) same(g Fact) bool {
	return f.Service == g.Service && f.Signal == g.Signal && f.Text == g.Text && f.Declared == g.Declared && f.Strength == g.Strength && f.Source == g.Source
}
