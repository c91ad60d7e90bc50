package sarif

// Result is one finding of the tool (3.27).
type Result struct {
	RuleID              string            `json:"ruleId,omitempty"`
	RuleIndex           *int              `json:"ruleIndex,omitempty"` // into Driver.Rules; nil where unknown, which is not 0
	Kind                string            `json:"kind,omitempty"`
	Level               Level             `json:"level,omitempty"`
	Rank                *float64          `json:"rank,omitempty"` // 0 to 100; nil where unknown
	Message             Message           `json:"message"`
	Locations           []Location        `json:"locations,omitempty"`
	RelatedLocations    []Location        `json:"relatedLocations,omitempty"`
	PartialFingerprints map[string]string `json:"partialFingerprints,omitempty"`
	Suppressions        []Suppression     `json:"suppressions,omitempty"`
	BaselineState       string            `json:"baselineState,omitempty"`
	Fixes               []Fix             `json:"fixes,omitempty"`
	Properties          Properties        `json:"properties,omitempty"`
}

// Message is text for people (3.11). In plain text, square brackets make links and braces make placeholders.
type Message struct {
	Text     string `json:"text,omitempty"`
	Markdown string `json:"markdown,omitempty"`
	ID       string `json:"id,omitempty"`
}

// Location is a place with what is to be said of it (3.28).
type Location struct {
	ID               *int              `json:"id,omitempty"`
	PhysicalLocation *PhysicalLocation `json:"physicalLocation,omitempty"`
	Message          *Message          `json:"message,omitempty"`
}

// PhysicalLocation is a region of a file (3.29).
type PhysicalLocation struct {
	ArtifactLocation ArtifactLocation `json:"artifactLocation"`
	Region           *Region          `json:"region,omitempty"`
}

// ArtifactLocation is where a file is (3.4).
type ArtifactLocation struct {
	URI         string   `json:"uri,omitempty"`
	URIBaseID   string   `json:"uriBaseId,omitempty"`
	Description *Message `json:"description,omitempty"`
}

// Region is a part of a file (3.30). Lines and columns count from 1; EndColumn is the column after the last character.
type Region struct {
	StartLine   int `json:"startLine,omitempty"`
	StartColumn int `json:"startColumn,omitempty"`
	EndLine     int `json:"endLine,omitempty"`
	EndColumn   int `json:"endColumn,omitempty"`
}

// Suppression says why a result needs no attention (3.35).
type Suppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status,omitempty"`
	Justification string `json:"justification,omitempty"`
}

// Fix is a change that would resolve a result (3.55).
type Fix struct {
	Description     *Message         `json:"description,omitempty"`
	ArtifactChanges []ArtifactChange `json:"artifactChanges"`
	Properties      Properties       `json:"properties,omitempty"`
}

// ArtifactChange is what a fix does to one file (3.56).
type ArtifactChange struct {
	ArtifactLocation ArtifactLocation `json:"artifactLocation"`
	Replacements     []Replacement    `json:"replacements"`
}

// Replacement puts text in the place of a region (3.57).
type Replacement struct {
	DeletedRegion   Region   `json:"deletedRegion"`
	InsertedContent *Content `json:"insertedContent,omitempty"`
}

// Content is a part of a file's text (3.3). The empty string is text too, so it is written.
type Content struct {
	Text string `json:"text"`
}
