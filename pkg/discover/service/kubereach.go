package service

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// nodeReach tells of ports of the node itself.
func nodeReach(w workload) []reach {
	var all []reach
	if n := w.pod.Get("spec").Field("hostNetwork"); n != nil && n.Value.True() {
		all = append(all, reach{open, w.file, n.Line, fmt.Sprintf("%s %s is on the network of the node", w.kind, w.name)})
	}
	for _, c := range containers(w.pod) {
		for _, p := range c.Get("ports").List() {
			if host := p.Field("hostPort"); host != nil && !loopback(p.Get("hostIP").Str()) && host.Value.Str() != "0" {
				all = append(all, reach{open, w.file, host.Line, fmt.Sprintf("%s %s takes port %s of the node", w.kind, w.name, host.Value.Str())})
			}
		}
	}
	return all
}

func knativeReach(w workload) reach {
	local := func(v *document.Value) bool {
		return v.Get("networking.knative.dev/visibility").Str() == "cluster-local" || v.Get("serving.knative.dev/visibility").Str() == "cluster-local"
	}
	ingress := w.get("metadata", "annotations", "run.googleapis.com/ingress").Str()
	if local(w.get("metadata", "labels")) || ingress == "internal" {
		return reach{controlled, w.file, w.line, "Knative service " + w.name + " is for the cluster only"}
	}
	return reach{open, w.file, w.line, "Knative service " + w.name + " has a public address"}
}

// reached is a service, and who reaches it: by its type, here or in a patch of it, and by what routes to it.
type reached struct {
	*object
	all []reach
}

// maxReaches is how much is told of one workload. What opens it comes first.
const maxReaches = 20

func (f *finder) servicesReached() []reached {
	var services, list []reached
	byName, routes := map[string][]*object{}, map[string][]route{}
	for _, o := range f.objects {
		if o.kind == "Service" && o.group == "" {
			byName[o.name] = append(byName[o.name], o)
			services = append(services, reached{object: o})
		}
	}
	for _, r := range f.routesToServices() {
		routes[r.service] = append(routes[r.service], r)
	}
	for _, s := range services {
		for _, o := range byName[s.name] {
			if o == s.object || o.meets(s.object) {
				if r := typeReach(o); o == s.object || r.text == open {
					s.all = append(s.all, r)
				}
			}
		}
		for _, r := range routes[s.name] {
			if r.from.meets(s.object) {
				s.all = append(s.all, r.reach)
			}
		}
		slices.SortStableFunc(s.all, func(a, b reach) int { return -strings.Compare(a.text, b.text) }) // open before controlled
		s.all = s.all[:min(len(s.all), maxReaches)]
		list = append(list, s)
	}
	return list
}

// hushUnled notes where something open leads to a workload that is not in the tree: it may be any that is built here, so that a
// port alone says nothing of it.
func (f *finder) hushUnled(workloads []workload, services []reached) {
	known := map[string]bool{}
	for _, s := range services {
		known[s.name] = true
		led := slices.ContainsFunc(workloads, func(w workload) bool { return selects(s.object, w) })
		for _, r := range s.all {
			if r.text == open && !led && s.get("spec", "type").Str() != "ExternalName" {
				f.hushed = append(f.hushed, f.home(r.file).dirs...)
			}
		}
	}
	for _, r := range f.routesToServices() {
		if r.text == open && !known[r.service] {
			f.hushed = append(f.hushed, f.home(r.file).dirs...)
		}
	}
}

func typeReach(s *object) reach {
	kind, line := s.get("spec", "type").Str(), s.line
	if t := s.get("spec", "type"); t != nil {
		line = t.Line
	}
	r := reach{controlled, s.file, line, ""}
	switch {
	case len(s.get("spec", "externalIPs").List()) > 0:
		return reach{open, s.file, s.get("spec", "externalIPs").Line, "Service " + s.name + " has external addresses"}
	case kind == "NodePort":
		r.text, r.why = open, "Service "+s.name+" is of type NodePort"
	case kind == "LoadBalancer":
		if l, ok := internal(s); ok {
			r.line, r.why = l.line, fmt.Sprintf("Service %s is a load balancer that is internal: %s is %s", s.name, l.key, l.value)
		} else {
			r.text, r.why = open, "Service "+s.name+" is of type LoadBalancer"
		}
	case kind == "" || kind == "ClusterIP":
		r.why = "Service " + s.name + " is of type ClusterIP"
	case kind == "ExternalName":
		r.why = "Service " + s.name + " is another name only"
	default: // a variable of a template
		r.text, r.why = open, "Service "+s.name+" is of type "+kind
	}
	return r
}

// internals are the annotations by which the clouds keep a load balancer inside, with the value that does; "" is any but false.
var internals = map[string]string{
	"service.beta.kubernetes.io/aws-load-balancer-internal":              "",
	"service.beta.kubernetes.io/aws-load-balancer-scheme":                "internal",
	"alb.ingress.kubernetes.io/scheme":                                   "internal",
	"service.beta.kubernetes.io/azure-load-balancer-internal":            "true",
	"appgw.ingress.kubernetes.io/use-private-ip":                         "true",
	"networking.gke.io/load-balancer-type":                               "internal",
	"cloud.google.com/load-balancer-type":                                "internal",
	"kubernetes.io/ingress.class":                                        "gce-internal",
	"service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type":     "private",
	"service.beta.kubernetes.io/openstack-internal-load-balancer":        "true",
	"service.beta.kubernetes.io/oci-load-balancer-internal":              "true",
	"oci-network-load-balancer.oraclecloud.com/internal":                 "true",
	"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type": "intranet",
	"service.kubernetes.io/qcloud-loadbalancer-internal-subnetid":        "",
	"kubernetes.digitalocean.com/load-balancer-network":                  "internal",
	"service.beta.kubernetes.io/do-loadbalancer-network":                 "internal",
	"load-balancer.hetzner.cloud/disable-public-network":                 "true",
}

// internal returns the annotation, or the source ranges, that keep a load balancer inside.
func internal(o *object) (label, bool) {
	for _, l := range labelsOf(o.get("metadata", "annotations")) {
		want, ok := internals[l.key]
		if ok && (strings.EqualFold(l.value, want) || want == "" && l.value != "false") {
			return l, true
		}
	}
	ranges := o.get("spec", "loadBalancerSourceRanges")
	for _, r := range ranges.List() {
		if !private(r.Str()) {
			return label{}, false
		}
	}
	if len(ranges.List()) > 0 {
		return label{"loadBalancerSourceRanges", "private", ranges.Line}, true
	}
	return label{}, false
}

// private reports whether a range of addresses is one of a private network.
func private(text string) bool {
	p, err := netip.ParsePrefix(strings.TrimSpace(text))
	if err != nil {
		return false
	}
	least := 8
	if p.Addr().Is6() {
		least = 7
	}
	return p.Bits() >= least && p.Masked().Addr().IsPrivate()
}
