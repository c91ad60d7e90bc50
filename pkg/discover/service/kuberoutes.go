package service

import (
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// route leads from outside of the cluster, or from a network beside it, to a service.
type route struct {
	from    *object
	service string
	reach
}

// routesToServices reads Ingress, the Gateway API, and the kinds by which well-known proxies say the same.
func (f *finder) routesToServices() []route {
	var list []route
	for _, o := range f.objects {
		text, why := open, o.kind+" "+o.name+" routes to it"
		var backends []*document.Value
		switch {
		case o.kind == "Ingress":
			backends = ingressBackends(o)
			if l, ok := internal(o); ok {
				text, why = controlled, why+", and is internal: "+l.key+" is "+l.value
			}
		case strings.HasSuffix(o.kind, "Route") && strings.HasPrefix(o.group, "gateway.networking"):
			backends = f.gatewayBackends(o)
			if f.privateGateways(o) {
				text, why = controlled, why+" by internal gateways only"
			}
		case o.kind == "Route" && o.group == "route.openshift.io":
			backends = append(named(o.get("spec", "to")), o.get("spec", "alternateBackends").List()...)
		case o.kind == "VirtualService" && strings.HasPrefix(o.group, "networking.istio"):
			if !meshOnly(o) {
				backends = collect(o.get("spec"), "destination", 0)
			}
		case strings.HasPrefix(o.kind, "IngressRoute"), o.kind == "HTTPProxy", o.kind == "TraefikService":
			backends = collect(o.get("spec"), "services", 0)
		case o.kind == "Mapping" || o.kind == "TCPMapping" || o.kind == "VirtualServer" || o.kind == "TargetGroupBinding":
			backends = append(collect(o.get("spec"), "service", 0), append(collect(o.get("spec"), "serviceRef", 0), o.get("spec", "upstreams").List()...)...)
		}
		for _, b := range backends {
			if name := serviceOf(b); name != nil {
				list = append(list, route{o, hostName(name.Text), reach{text, o.file, name.Line, why}})
			}
		}
	}
	return list
}

func named(v *document.Value) []*document.Value {
	if v == nil {
		return nil
	}
	return []*document.Value{v}
}

// serviceOf returns the name of the service in a backend of any kind.
func serviceOf(b *document.Value) *document.Value {
	if b.Is(document.String) {
		return b
	}
	for _, keys := range [][]string{{"service", "name"}, {"serviceName"}, {"host"}, {"name"}, {"service"}} {
		if v := b.Get(keys...); v.Is(document.String) && v.Text != "" {
			return v
		}
	}
	return nil
}

// hostName cuts a name in the cluster's DNS, and a port, down to that of the service.
func hostName(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	name, _, _ = strings.Cut(name, ":")
	name, _, _ = strings.Cut(name, ".")
	return name
}

func ingressBackends(o *object) []*document.Value {
	list := append(named(o.get("spec", "defaultBackend")), named(o.get("spec", "backend"))...)
	for _, rule := range o.get("spec", "rules").List() {
		for _, p := range rule.Get("http", "paths").List() {
			list = append(list, named(p.Get("backend"))...)
		}
	}
	return list
}

// gatewayBackends are those of a route that a gateway serves; one of a mesh hangs on a Service.
func (f *finder) gatewayBackends(o *object) []*document.Value {
	parents := o.get("spec", "parentRefs").List()
	mesh := len(parents) > 0
	for _, p := range parents {
		mesh = mesh && p.Get("kind").Str() == "Service"
	}
	if mesh {
		return nil
	}
	var list []*document.Value
	for _, rule := range o.get("spec", "rules").List() {
		list = append(list, rule.Get("backendRefs").List()...)
	}
	return list
}

// privateGateways reports whether all gateways of a route are in the tree, and internal by their class.
func (f *finder) privateGateways(o *object) bool {
	parents := o.get("spec", "parentRefs").List()
	for _, p := range parents {
		known := false
		for _, g := range f.objects {
			if g.kind == "Gateway" && g.name == p.Get("name").Str() && strings.HasPrefix(g.group, "gateway.networking") {
				known = true
				if class := g.get("spec", "gatewayClassName").Str(); !strings.Contains(class, "rilb") && !strings.Contains(class, "internal") {
					return false
				}
			}
		}
		if !known {
			return false
		}
	}
	return len(parents) > 0
}

// meshOnly reports whether an Istio route is for traffic inside of the mesh.
func meshOnly(o *object) bool {
	gateways := o.get("spec", "gateways").List()
	for _, g := range gateways {
		if g.Str() != "mesh" {
			return false
		}
	}
	return true
}

// collect returns what stands under key anywhere in v: the value, or its items.
func collect(v *document.Value, key string, depth int) []*document.Value {
	if v == nil || depth > 12 {
		return nil
	}
	var list []*document.Value
	for _, field := range v.Map() {
		switch {
		case field.Key != key:
			list = append(list, collect(field.Value, key, depth+1)...)
		case field.Value.Is(document.List):
			list = append(list, field.Value.List()...)
		default:
			list = append(list, field.Value)
		}
	}
	for _, item := range v.List() {
		list = append(list, collect(item, key, depth+1)...)
	}
	return list
}
