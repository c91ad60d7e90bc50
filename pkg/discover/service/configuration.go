package service

import (
	"bytes"
	"errors"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// format is what a YAML or JSON file is, by its name or its words. A file of none of them is not parsed.
type format int

const (
	noFormat format = iota
	composeFormat
	kubernetesFormat // and what else has apiVersion and kind: catalogs, skaffold, Kustomize
	serverlessFormat
	templateFormat // CloudFormation and SAM
	openapiFormat
	renderFormat
	engineFormat // app.yaml of App Engine
	insightsFormat
	settingsFormat // of a repository, as the settings app reads it
	valuesFormat   // of a Helm chart
)

// deployed reports whether a deployment reads files of this format, so that one that does not parse is a gap.
func (t format) deployed() bool {
	return t == composeFormat || t == kubernetesFormat || t == serverlessFormat || t == templateFormat
}

var (
	hasVersion   = regexp.MustCompile(`(?m)(?:^|[{,])[ \t]*-?[ \t]*"?apiVersion"?\s*:\s*"?'?[a-zA-Z]`)
	hasKind      = regexp.MustCompile(`(?m)(?:^|[{,])[ \t]*-?[ \t]*"?kind"?\s*:\s*"?'?[A-Z]`)
	hasOpenAPI   = regexp.MustCompile(`(?m)(?:^|[{,])[ \t]*"?(openapi|swagger)"?\s*:\s*['"]?[23]\.`)
	hasRuntime   = regexp.MustCompile(`(?m)^(runtime|env)\s*:\s*\S`)
	hasResources = regexp.MustCompile(`(?m)(?:^|[{,])[ \t]*"?Resources"?\s*:`)
	awsType      = regexp.MustCompile(`"?Type"?\s*:\s*['"]?AWS::`)
)

// formatOf tells formats apart before anything is parsed.
func (f *finder) formatOf(file string, data []byte) format {
	base := strings.ToLower(path.Base(file))
	stem := strings.TrimSuffix(base, path.Ext(base))
	isJSON := strings.HasSuffix(base, ".json")
	switch {
	case strings.HasPrefix(stem, "values") && !isJSON && f.isChart(path.Dir(file)):
		return valuesFormat
	case isCompose(file) && !isJSON:
		return composeFormat
	case stem == "serverless" || strings.HasPrefix(stem, "serverless.") || strings.HasPrefix(stem, "serverless-"):
		return serverlessFormat
	case stem == "render" && !isJSON:
		return renderFormat
	case base == "security-insights.yml" || base == "security-insights.yaml":
		return insightsFormat
	case file == ".github/settings.yml" || file == ".github/settings.yaml":
		return settingsFormat
	case bytes.Contains(data, []byte("AWS::")) && awsType.Match(data) && hasResources.Match(data):
		return templateFormat
	case bytes.Contains(data, []byte("apiVersion")) && hasVersion.Match(data) && hasKind.Match(data):
		return kubernetesFormat
	case (bytes.Contains(data, []byte("openapi")) || bytes.Contains(data, []byte("swagger"))) && hasOpenAPI.Match(data):
		return openapiFormat
	case (stem == "app" || strings.HasPrefix(stem, "app-") || strings.HasPrefix(stem, "app.")) && !isJSON && hasRuntime.Match(data):
		return engineFormat
	}
	return noFormat
}

// readConfigurations reads every YAML and JSON file that is of a known format. What is about services of other files is
// gathered, and told when all is known.
func (f *finder) readConfigurations() {
	var later []func()
	for _, file := range f.of(yamlKind | jsonKind) {
		if f.ctx.Err() != nil {
			return
		}
		if f.inChart(file) { // a template, which readCharts reads as text
			continue
		}
		if kindOf(file)&jsonKind != 0 && !f.affords(file) {
			continue
		}
		data, ok := f.read(file, project.MaxFile, isCompose(file))
		if !ok {
			if kindOf(file)&yamlKind != 0 {
				f.doubt("") // nobody knows what it is
			}
			continue
		}
		t := f.formatOf(file, data[:min(len(data), maxConfig)])
		if t == noFormat {
			continue
		}
		if len(data) > maxConfig && (t != openapiFormat || len(data) > maxDescription) {
			if t.deployed() {
				f.gap(file, errors.New("larger than 1024 KiB, not read"))
			}
			continue
		}
		documents, err := f.parse(file, data)
		if err != nil {
			f.unparsed(file, t, data, err)
		}
		for _, v := range documents {
			if then := f.take(file, t, v); then != nil {
				later = append(later, then)
			}
		}
	}
	f.buildsOfCompose()
	f.readCharts()
	for _, then := range later {
		then()
	}
}

// likely are words in the path of a JSON file that is likely a configuration.
var likely = regexp.MustCompile(`(?i)(openapi|swagger|template|stack|cloudformation|cfn|serverless|kube|k8s|manifest|deploy|infra|service|ingress)`)

// affords reports whether a JSON file is looked into. Most hold data and not configuration: of those that do not look like one by
// their path, only so many bytes are read.
func (f *finder) affords(file string) bool {
	info, err := os.Stat(filepath.Join(f.files.Dir(), filepath.FromSlash(file)))
	if err != nil || info.Size() > maxDescription {
		return false
	}
	if likely.MatchString(file) {
		return true
	}
	f.data -= int(info.Size())
	return f.data > 0
}

func (f *finder) parse(file string, data []byte) ([]*document.Value, error) {
	if strings.HasSuffix(strings.ToLower(file), ".json") {
		if err := f.crowd(data); err != nil {
			return nil, err
		}
		v, _, err := document.ParseJSON(data)
		if err != nil {
			return nil, err
		}
		return []*document.Value{v}, nil
	}
	return f.parseYAML(data)
}

// unparsed tells of a file that does not parse. A template is no fault: its output is what is deployed, and it is not here.
func (f *finder) unparsed(file string, t format, data []byte, err error) {
	switch {
	case bytes.Contains(data, []byte("{{")) || bytes.Contains(data, []byte("{%")):
		if exposes(data) {
			f.doubt("")
		}
	case errors.Is(err, errCrowd):
		f.excess(file, "%w", err)
	case t.deployed():
		f.gap(file, err)
	}
}

// exposing are words by which a manifest may open a service.
var exposing = regexp.MustCompile(`\b(Ingress|IngressRoute|LoadBalancer|NodePort|HTTPRoute|Gateway|VirtualService|HTTPProxy|Route|hostNetwork|hostPort|externalIPs)\b`)

func exposes(data []byte) bool { return exposing.Match(data) }

// take reads one document. What it returns is run when the images of the tree are known.
func (f *finder) take(file string, t format, v *document.Value) func() {
	switch t {
	case composeFormat:
		f.readCompose(file, v)
	case kubernetesFormat:
		return f.takeKind(file, v)
	case serverlessFormat:
		return func() { f.tellServerless(file, v) }
	case templateFormat:
		return func() { f.tellTemplate(file, v) }
	case openapiFormat:
		return func() { f.tellOpenAPI(file, v) }
	case renderFormat:
		return func() { f.tellRender(file, v) }
	case engineFormat:
		return func() { f.tellEngine(file, v) }
	case insightsFormat:
		return func() { f.tellInsights(file, v) }
	case settingsFormat:
		return func() { f.tellSettings(file, v) }
	}
	return nil
}

// takeKind reads a document that has a kind.
func (f *finder) takeKind(file string, v *document.Value) func() {
	group, _, _ := strings.Cut(v.Get("apiVersion").Str(), "/")
	switch {
	case group == "backstage.io":
		return func() { f.tellCatalog(file, v) }
	case group == "skaffold":
		f.readSkaffold(file, v)
	case v.Get("kind").Str() == "Kustomization":
		f.readKustomization(file, v)
	default:
		f.readKubernetes(file, v)
	}
	return nil
}
