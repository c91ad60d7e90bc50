package service

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// isChart reports whether dir is that of a Helm chart.
func (f *finder) isChart(dir string) bool {
	_, found := slices.BinarySearch(f.names, path.Join(dir, "Chart.yaml"))
	return found
}

// inChart reports whether a file is a template of a chart. Templates are no YAML until Helm has filled them in.
func (f *finder) inChart(file string) bool {
	at := strings.LastIndex(file, "/templates/")
	if strings.HasPrefix(file, "templates/") {
		return f.isChart(".")
	}
	return at > 0 && f.isChart(file[:at])
}

var chartName = regexp.MustCompile(`(?m)^name:\s*["']?([A-Za-z0-9._-]+)`)

// readCharts says what the values of a chart open. They are defaults that a release may set otherwise, so they never close
// anything; and where a template may open a service, nothing else does for the chart's code.
func (f *finder) readCharts() {
	for _, file := range f.names {
		if path.Base(file) != "Chart.yaml" {
			continue
		}
		dir := project.Parent(file)
		name := ""
		if data, ok := f.read(file, maxConfig, false); ok {
			if m := chartName.FindSubmatch(data); m != nil {
				name = string(m[1])
			}
		}
		f.readChart(dir, name)
	}
}

func (f *finder) readChart(dir, name string) {
	var text []byte
	for _, file := range f.names {
		if within(file, path.Join(dir, "templates")) && f.inChart(file) && len(text) < maxConfig {
			if data, ok := f.read(file, maxConfig, false); ok {
				text = append(text, data...)
			}
		}
	}
	at := f.named(name)
	if at.none() {
		at = f.home(path.Join(dir, "Chart.yaml"))
	}
	if exposes(text) || len(text) == 0 {
		for _, d := range at.dirs {
			f.doubt(d)
		}
	}
	for _, file := range f.names {
		if project.Parent(file) != dir || !strings.HasPrefix(path.Base(file), "values") || kindOf(file)&yamlKind == 0 {
			continue
		}
		data, ok := f.read(file, maxConfig, false)
		if !ok {
			continue
		}
		values, _ := f.parseYAML(data)
		for _, v := range values {
			f.tellValues(file, v, at, 0)
		}
	}
}

// tellValues says what values open: an ingress that is enabled, a service of an open type. Where a block names an image, it is
// about the code of that image.
func (f *finder) tellValues(file string, v *document.Value, at place, depth int) {
	if depth > 6 || !v.Is(document.Map) {
		return
	}
	if repository := v.Get("image", "repository").Str(); repository != "" {
		if of := f.ofImage(repository, file); !of.none() {
			at = place{of.dirs, false}
		} else {
			return // the image is another's
		}
	}
	for _, field := range v.Map() {
		switch value := field.Value; field.Key {
		case "ingress", "route", "httpRoute", "gateway":
			if on := value.Field("enabled"); on != nil && on.Value.True() {
				f.expose(place{at.dirs, false}, open, "helm", file, on.Line, "the values of the chart enable %s", field.Key)
			}
		case "service":
			if kind := value.Field("type"); kind != nil && (kind.Value.Str() == "LoadBalancer" || kind.Value.Str() == "NodePort") {
				f.expose(place{at.dirs, false}, open, "helm", file, kind.Line, "the values of the chart make the service a %s", kind.Value.Str())
			}
		case "hostNetwork":
			if value.True() {
				f.expose(place{at.dirs, false}, open, "helm", file, field.Line, "the values of the chart put it on the network of the node")
			}
		default:
			f.tellValues(file, value, at, depth+1)
		}
	}
}

// readSkaffold notes which folder each image is built of.
func (f *finder) readSkaffold(file string, v *document.Value) {
	for _, a := range v.Get("build", "artifacts").List() {
		image, context := a.Get("image").Str(), a.Get("context").Str()
		dir, ok := inside(project.Parent(file), context)
		if image == "" || !ok {
			continue
		}
		dockerfile := a.Get("docker", "dockerfile").Str()
		if dockerfile == "" {
			dockerfile = "Dockerfile"
		}
		if dockerfile, ok = inside(dir, dockerfile); ok {
			f.buildsImage(image, f.built(dir, dockerfile))
		}
	}
}

// readKustomization notes new names of images, and a patch in it that may open a service.
func (f *finder) readKustomization(file string, v *document.Value) {
	for _, image := range v.Get("images").List() {
		if name, other := image.Get("name").Str(), image.Get("newName").Str(); name != "" && other != "" {
			if at := f.named(imageName(name)[strings.LastIndexByte(imageName(name), '/')+1:]); !at.none() {
				f.buildsImage(other, at)
			}
		}
	}
	for _, key := range []string{"patches", "patchesJson6902", "patchesStrategicMerge"} {
		for _, p := range v.Get(key).List() {
			if exposes([]byte(p.Str() + " " + p.Get("patch").Str())) {
				f.doubt("")
			}
		}
	}
	if labels := slices.Concat(labelsOf(v.Get("commonLabels")), labelsOf(v.Get("commonAnnotations"))); len(labels) > 0 {
		f.tellLabels(place{f.home(file).dirs, false}, labels, "kustomize", file)
	}
}
