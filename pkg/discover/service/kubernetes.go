package service

import (
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// object is one object of a Kubernetes manifest.
type object struct {
	group, kind     string
	name, namespace string
	file            string
	line            int // of the kind
	v               *document.Value
}

// Get follows keys down.
func (o *object) get(keys ...string) *document.Value { return o.v.Get(keys...) }

// readKubernetes takes a document that has apiVersion and kind, or a list of them.
func (f *finder) readKubernetes(file string, v *document.Value) {
	kind := v.Field("kind")
	if v.Get("apiVersion") == nil || kind == nil {
		return
	}
	name := kind.Value.Str()
	if strings.HasSuffix(name, "List") && v.Get("items").Is(document.List) {
		for _, item := range v.Get("items").List() {
			if !strings.HasSuffix(item.Get("kind").Str(), "List") {
				f.readKubernetes(file, item)
			}
		}
		return
	}
	group, _, found := strings.Cut(v.Get("apiVersion").Str(), "/")
	if !found {
		group = ""
	}
	if name == "Kustomization" || group == "skaffold" {
		return // read for its images
	}
	if len(f.objects) == maxObjects {
		f.excess(file, "there are more than %d objects of Kubernetes; this and later ones were not read", maxObjects)
		return
	}
	f.objects = append(f.objects, &object{group, name, v.Get("metadata", "name").Str(), v.Get("metadata", "namespace").Str(), file, kind.Line, v})
}

// meets reports whether two objects may be in one namespace. A manifest without one goes where the command line says.
func (o *object) meets(p *object) bool {
	return o.namespace == "" || p.namespace == "" || o.namespace == p.namespace
}

// template returns the pod that a workload runs, nil for other kinds.
func (o *object) template() *document.Value {
	switch o.kind {
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "Rollout", "DeploymentConfig":
		return o.get("spec", "template")
	case "Service":
		if o.knative() {
			return o.get("spec", "template")
		}
	case "CronJob":
		return o.get("spec", "jobTemplate", "spec", "template")
	case "Pod":
		return o.v
	}
	return nil
}

func (o *object) knative() bool { return strings.HasPrefix(o.group, "serving.knative.dev") }

// containers returns the containers of a pod.
func containers(pod *document.Value) []*document.Value {
	return slices.Concat(pod.Get("spec", "containers").List(), pod.Get("spec", "initContainers").List())
}

// workload is a pod that runs code of the repository or of others.
type workload struct {
	*object
	pod   *document.Value
	at    place
	proxy bool
}

// workloads are all that run pods, with the code that they run.
func (f *finder) workloads() []workload {
	var list []workload
	images := map[string]bool{}
	for _, o := range f.objects {
		pod := o.template()
		if pod == nil {
			continue
		}
		w := workload{object: o, pod: pod}
		for _, c := range containers(pod) {
			image := c.Get("image").Str()
			w.proxy = w.proxy || isProxy(image)
			if at := f.ofImage(image, o.file); image != "" {
				w.at = w.at.join(at)
				if !at.none() {
					images[imageName(image)] = true
				}
			}
		}
		if named := f.named(o.name); !w.at.sure && !w.at.none() && !named.none() { // raises the right one only
			w.at = place{named.dirs, false}
		}
		for _, dir := range w.at.dirs { // one that the tree builds on a proxy
			if d := f.dockerfileAt(path.Join(dir, "Dockerfile")); d != nil {
				w.proxy = w.proxy || isProxy(d.image())
			}
		}
		list = append(list, w)
	}
	if len(images) == 1 && len(f.units) == 1 && !f.manyBelow("") { // one image, one project: it can be no other
		for i := range list {
			if !list[i].at.none() {
				list[i].at = place{[]string{f.units[0].dir}, true}
			}
		}
	}
	return list
}

// selects reports whether the service's selector fits the labels of the workload's pod.
func selects(service *object, w workload) bool {
	selector, labels := service.get("spec", "selector").Map(), w.pod.Get("metadata", "labels")
	if len(selector) == 0 || !service.meets(w.object) {
		return false
	}
	for _, want := range selector {
		if have := labels.Get(want.Key); have == nil || have.Text != want.Value.Str() {
			return false
		}
	}
	return true
}

// reach is who reaches something, and which line says so.
type reach struct {
	text, file string
	line       int
	why        string
}

// tellKubernetes says who reaches each workload: by a port of the node, by its services, and by what leads to these.
func (f *finder) tellKubernetes() {
	workloads := f.workloads()
	services := f.servicesReached()
	fronts := map[string]bool{} // namespaces in which something that is open hands requests on
	type told struct {
		w   workload
		all []reach
	}
	var list []told
	for _, w := range workloads {
		all := nodeReach(w)
		for _, s := range services {
			if len(all) < maxReaches && selects(s.object, w) {
				all = append(all, s.all...)
			}
		}
		if w.knative() {
			all = append(all, knativeReach(w))
		}
		if w.proxy && slices.ContainsFunc(all, func(r reach) bool { return r.text == open }) {
			fronts[w.namespace] = true
		}
		list = append(list, told{w, all})
	}
	for _, t := range list {
		f.tellWorkload(t.w, t.all, fronts[t.w.namespace] || fronts[""] || t.w.namespace == "" && len(fronts) > 0)
	}
	f.hushUnled(workloads, services)
	f.tellNamespaces(workloads)
}

func (f *finder) tellWorkload(w workload, all []reach, front bool) {
	if w.at.none() {
		return
	}
	const source = "kubernetes"
	isJob := w.kind == "Job" || w.kind == "CronJob"
	if !isJob {
		f.deployed = append(f.deployed, w.at)
	}
	opened := false
	for _, r := range all {
		if r.text == open {
			opened = true
			f.expose(w.at, open, source, r.file, r.line, "%s", r.why)
		}
	}
	switch {
	case opened || front && !isJob:
	case len(all) > 0:
		f.expose(w.at, controlled, source, all[0].file, all[0].line, "%s", all[0].why)
	case isJob:
		f.jobs = append(f.jobs, w)
	}
	for _, holder := range []*document.Value{w.get("metadata", "labels"), w.get("metadata", "annotations"), w.pod.Get("metadata", "labels"), w.pod.Get("metadata", "annotations")} {
		f.tellLabels(w.at, labelsOf(holder), source, w.file)
	}
	if env := environment(w.namespace); env != "" {
		line := w.get("metadata", "namespace").Line
		f.say(w.at, claim{signal: fettle.Environment, text: env, source: source, file: w.file, line: line, why: w.kind + " " + w.name + " is in namespace " + w.namespace})
	}
}

// tellJobs says that what only jobs run takes no requests. An image that serves is often run as a job too, to migrate data.
func (f *finder) tellJobs() {
	for _, w := range f.jobs {
		if slices.ContainsFunc(w.at.dirs, f.servesSomewhere) || slices.ContainsFunc(f.deployed, func(at place) bool { return at.meets(w.at) }) {
			continue
		}
		f.expose(w.at, controlled, "kubernetes", w.file, w.line, "%s %s runs as a job, and no service leads to it", w.kind, w.name)
		f.say(w.at, claim{signal: fettle.Role, text: "job", source: "kubernetes", file: w.file, line: w.line, why: w.kind + " " + w.name})
	}
}

// tellNamespaces says what labels of a namespace mean of the workloads in it.
func (f *finder) tellNamespaces(workloads []workload) {
	for _, n := range f.objects {
		if n.kind != "Namespace" {
			continue
		}
		labels := slices.Concat(labelsOf(n.get("metadata", "labels")), labelsOf(n.get("metadata", "annotations")))
		if len(labels) == 0 {
			continue
		}
		for _, w := range workloads {
			if w.namespace == n.name && !w.at.none() {
				f.tellLabels(w.at, labels, "kubernetes", n.file)
			}
		}
	}
}
