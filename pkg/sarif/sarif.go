package sarif

// Schema is the address of the schema that a Log names.
const Schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// Version is the only SARIF version read and written here.
const Version = "2.1.0"

// Root is the base of the URIs of files in the repository.
const Root = "%SRCROOT%"

// Level is the severity of a result or a notification.
type Level string

const (
	None    Level = "none"
	Note    Level = "note"
	Warning Level = "warning"
	Error   Level = "error"
)

// Log is a SARIF file (section 3.13). Fields of SARIF that fettle does not use are neither kept nor written.
type Log struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []Run  `json:"runs"`
}

// Run is one run of one tool (3.14).
type Run struct {
	Tool               Tool                        `json:"tool"`
	AutomationDetails  *AutomationDetails          `json:"automationDetails"`
	Provenance         []VersionControl            `json:"versionControlProvenance"`
	OriginalURIBaseIDs map[string]ArtifactLocation `json:"originalUriBaseIds"`
	Invocations        []Invocation                `json:"invocations"`
	ColumnKind         string                      `json:"columnKind"`
	Results            []Result                    `json:"results"` // written even where empty: looked, found nothing
	Properties         Properties                  `json:"properties"`
}

// Properties is a bag of what SARIF has no word for (3.8). Values must survive encoding/json.
type Properties map[string]any

// AutomationDetails names the series of runs that a run belongs to (3.17).
type AutomationDetails struct {
	ID string `json:"id"`
}

// VersionControl says which commit was looked at (3.23).
type VersionControl struct {
	RepositoryURI string            `json:"repositoryUri"`
	RevisionID    string            `json:"revisionId"`
	MappedTo      *ArtifactLocation `json:"mappedTo"`
}

// Invocation says how the run went (3.20).
type Invocation struct {
	ExecutionSuccessful bool           `json:"executionSuccessful"`
	Notifications       []Notification `json:"toolExecutionNotifications"`
}

// Notification is something the tool says about its own run (3.58).
type Notification struct {
	Descriptor *DescriptorReference `json:"descriptor"`
	Level      Level                `json:"level"`
	Message    Message              `json:"message"`
	Locations  []Location           `json:"locations"`
}

// DescriptorReference names a rule or a notification (3.52).
type DescriptorReference struct {
	ID string `json:"id"`
}

// Tool is the tool that ran (3.18).
type Tool struct {
	Driver Driver `json:"driver"`
}

// Driver is the tool's main component, with the rules its results refer to (3.19). The array is written even where it
// is empty, as GitHub wants it.
type Driver struct {
	Name            string `json:"name"`
	FullName        string `json:"fullName"`
	Organization    string `json:"organization"`
	Version         string `json:"version"`
	SemanticVersion string `json:"semanticVersion"`
	InformationURI  string `json:"informationUri"`
	Rules           []Rule `json:"rules"`
	Notifications   []Rule `json:"notifications"`
}

// Rule describes one kind of result or notification (3.49, reportingDescriptor).
type Rule struct {
	ID                   string         `json:"id"`
	Name                 string         `json:"name"`
	ShortDescription     *Text          `json:"shortDescription"`
	FullDescription      *Text          `json:"fullDescription"`
	Help                 *Text          `json:"help"`
	HelpURI              string         `json:"helpUri"`
	DefaultConfiguration *Configuration `json:"defaultConfiguration"`
	Properties           Properties     `json:"properties"`
}

// Configuration is what a rule starts from (3.50).
type Configuration struct {
	Level Level `json:"level"`
}

// Text is a string in plain text and, where it helps, in Markdown (3.12).
type Text struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown"`
}
