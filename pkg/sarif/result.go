package sarif

// Result is one finding of the tool (3.27).
type Result struct {
	RuleID              string            `json:"ruleId"`
	RuleIndex           *int              `json:"ruleIndex"` // into Driver.Rules; nil where unknown, which is not 0
	Kind                string            `json:"kind"`
	Level               Level             `json:"level"`
	Rank                *float64          `json:"rank"` // 0 to 100; nil where unknown
	Message             Message           `json:"message"`
	Locations           []Location        `json:"locations"`
	RelatedLocations    []Location        `json:"relatedLocations"`
	PartialFingerprints map[string]string `json:"partialFingerprints"`
	Suppressions        []Suppression     `json:"suppressions"`
	BaselineState       string            `json:"baselineState"`
	Fixes               []Fix             `json:"fixes"`
	Properties          Properties        `json:"properties"`
}

// Message is text for people (3.11). In plain text, square brackets make links and braces make placeholders.
type Message struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown"`
	ID       string `json:"id"`
}

// Location is a place with what is to be said of it (3.28).
type Location struct {
	ID               *int              `json:"id"`
	PhysicalLocation *PhysicalLocation `json:"physicalLocation"`
	Message          *Message          `json:"message"`
}

// PhysicalLocation is a region of a file (3.29).
type PhysicalLocation struct {
	ArtifactLocation ArtifactLocation `json:"artifactLocation"`
	Region           *Region          `json:"region"`
}

// ArtifactLocation is where a file is (3.4).
type ArtifactLocation struct {
	URI         string   `json:"uri"`
	URIBaseID   string   `json:"uriBaseId"`
	Description *Message `json:"description"`
}

// Region is a part of a file (3.30). Lines and columns count from 1; EndColumn is the column after the last character.
type Region struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

// Suppression says why a result needs no attention (3.35).
type Suppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification"`
}

// Fix is a change that would resolve a result (3.55).
type Fix struct {
	Description     *Message         `json:"description"`
	ArtifactChanges []ArtifactChange `json:"artifactChanges"`
	Properties      Properties       `json:"properties"`
}

// ArtifactChange is what a fix does to one file (3.56).
type ArtifactChange struct {
	ArtifactLocation ArtifactLocation `json:"artifactLocation"`
	Replacements     []Replacement    `json:"replacements"`
}

// Replacement puts text in the place of a region (3.57).
type Replacement struct {
	DeletedRegion   Region   `json:"deletedRegion"`
	InsertedContent *Content `json:"insertedContent"`
}

// Content is a part of a file's text (3.3). The empty string is text too, so it is written.
type Content struct {
	Text string `json:"text"`
}
