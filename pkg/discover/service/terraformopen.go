package service

import (
	"slices"
	"strings"
)

// judge says of a resource who reaches what is behind it; text is "" where it says nothing.
type judge func(r resource) reach

// judges are the resources that expose something, by type.
var judges = map[string]judge{
	"aws_security_group":                     blocksOpen("ingress", "cidr_blocks", "ipv6_cidr_blocks"),
	"aws_default_security_group":             blocksOpen("ingress", "cidr_blocks", "ipv6_cidr_blocks"),
	"aws_security_group_rule":                ruleOpen("type", "ingress", "cidr_blocks", "ipv6_cidr_blocks"),
	"aws_vpc_security_group_ingress_rule":    ruleOpen("", "", "cidr_ipv4", "cidr_ipv6"),
	"aws_instance":                           when("associate_public_ip_address", "true"),
	"aws_launch_configuration":               when("associate_public_ip_address", "true"),
	"aws_launch_template":                    inside1("network_interfaces", when("associate_public_ip_address", "true")),
	"aws_ecs_service":                        inside1("network_configuration", when("assign_public_ip", "true")),
	"aws_eip":                                always("is a public address"),
	"aws_eip_association":                    always("is a public address"),
	"aws_lb":                                 unless("internal", "true"),
	"aws_alb":                                unless("internal", "true"),
	"aws_elb":                                unless("internal", "true"),
	"aws_cloudfront_distribution":            always("serves the internet"),
	"aws_lambda_function_url":                always("has a public address"),
	"aws_api_gateway_rest_api":               restAPI,
	"aws_apigatewayv2_api":                   always("serves the internet"),
	"aws_apprunner_service":                  nestedUnless([]string{"network_configuration", "ingress_configuration"}, "is_publicly_accessible", "false"),
	"aws_lightsail_container_service":        always("serves the internet"),
	"aws_elastic_beanstalk_environment":      always("serves the internet"),
	"aws_amplify_app":                        always("serves the internet"),
	"google_compute_firewall":                googleFirewall,
	"google_compute_instance":                inside1("network_interface", hasBlock("access_config")),
	"google_compute_forwarding_rule":         unless("load_balancing_scheme", "INTERNAL", "INTERNAL_MANAGED", "INTERNAL_SELF_MANAGED"),
	"google_compute_global_forwarding_rule":  unless("load_balancing_scheme", "INTERNAL", "INTERNAL_MANAGED", "INTERNAL_SELF_MANAGED"),
	"google_cloud_run_service":               cloudRun,
	"google_cloud_run_v2_service":            unless("ingress", "INGRESS_TRAFFIC_INTERNAL_ONLY"),
	"google_cloudfunctions_function":         googleFunction,
	"google_cloudfunctions2_function":        nestedUnless([]string{"service_config"}, "ingress_settings", "ALLOW_INTERNAL_ONLY"),
	"google_app_engine_standard_app_version": always("serves the internet"),
	"google_app_engine_flexible_app_version": always("serves the internet"),
	"google_api_gateway_gateway":             always("serves the internet"),
	"azurerm_network_security_rule":          azureRule,
	"azurerm_network_security_group":         inside1("security_rule", azureRule),
	"azurerm_public_ip":                      always("is a public address"),
	"azurerm_lb":                             inside1("frontend_ip_configuration", hasAttribute("public_ip_address_id")),
	"azurerm_application_gateway":            inside1("frontend_ip_configuration", hasAttribute("public_ip_address_id")),
	"azurerm_app_service":                    unless("public_network_access_enabled", "false"),
	"azurerm_linux_web_app":                  unless("public_network_access_enabled", "false"),
	"azurerm_windows_web_app":                unless("public_network_access_enabled", "false"),
	"azurerm_function_app":                   unless("public_network_access_enabled", "false"),
	"azurerm_linux_function_app":             unless("public_network_access_enabled", "false"),
	"azurerm_windows_function_app":           unless("public_network_access_enabled", "false"),
	"azurerm_static_web_app":                 always("serves the internet"),
	"azurerm_container_app":                  containerApp,
	"azurerm_container_group":                unless("ip_address_type", "Private", "None"),
	"azurerm_api_management":                 unless("virtual_network_type", "Internal"),
	"azurerm_frontdoor":                      always("serves the internet"),
	"azurerm_cdn_frontdoor_endpoint":         always("serves the internet"),
	"kubernetes_ingress":                     always("routes to a service"),
	"kubernetes_ingress_v1":                  always("routes to a service"),
	"kubernetes_service":                     inside1("spec", serviceType),
	"kubernetes_service_v1":                  inside1("spec", serviceType),
	"digitalocean_app":                       always("serves the internet"),
	"digitalocean_loadbalancer":              unless("network", "INTERNAL"),
	"heroku_app":                             always("serves the internet"),
	"vercel_project":                         always("serves the internet"),
	"cloudflare_workers_script":              always("serves the internet"),
}

func (r resource) reach(text string, line int, why string) reach {
	if line == 0 {
		line = r.line
	}
	return reach{text, r.file, line, r.kind + "." + r.name + " " + why}
}

// anywhere reports whether a list of addresses holds all of them.
func anywhere(texts []string) bool {
	return slices.ContainsFunc(texts, func(t string) bool {
		t = strings.ToLower(strings.TrimSpace(t))
		return strings.HasSuffix(t, "/0") || t == "*" || t == "internet" || t == "any" || t == "::"
	})
}

func (r resource) with(b body) resource {
	r.body = b
	return r
}

func always(why string) judge {
	return func(r resource) reach { return r.reach(open, 0, why) }
}

// when is open where the attribute has the value.
func when(name, want string) judge {
	return func(r resource) reach {
		if v, ok := r.body.attribute(name); ok && slices.Contains(v.texts, want) {
			return r.reach(open, v.line, "has "+name+" = "+want)
		}
		return reach{}
	}
}

// unless is controlled where the attribute is one of the values, and nothing but it; else open.
func unless(name string, inside ...string) judge {
	return func(r resource) reach {
		v, ok := r.body.attribute(name)
		switch {
		case ok && !v.unknown && slices.Contains(inside, v.text()):
			return r.reach(controlled, v.line, "has "+name+" = "+v.text())
		case ok && !v.unknown:
			return r.reach(open, v.line, "has "+name+" = "+strings.Join(v.texts, ", "))
		case ok:
			return r.reach(open, v.line, "is kept inside by "+name+" only if its value, which is not known, says so")
		}
		return r.reach(open, 0, "serves the internet")
	}
}

func nestedUnless(blocks []string, name string, inside ...string) judge {
	return func(r resource) reach {
		at := []body{r.body}
		for _, block := range blocks {
			var next []body
			for _, b := range at {
				next = append(next, b.blocks(block)...)
			}
			at = next
		}
		for _, b := range at {
			return unless(name, inside...)(r.with(b))
		}
		return r.reach(open, 0, "serves the internet")
	}
}

// inside1 asks about each block of a name, and takes the first answer.
func inside1(block string, ask judge) judge {
	return func(r resource) reach {
		for _, b := range r.body.blocks(block) {
			if found := ask(r.with(b)); found.text != "" {
				return found
			}
		}
		return reach{}
	}
}

func hasBlock(name string) judge {
	return func(r resource) reach {
		if len(r.body.blocks(name)) > 0 {
			return r.reach(open, 0, "has a public address by "+name)
		}
		return reach{}
	}
}

func hasAttribute(name string) judge {
	return func(r resource) reach {
		if v, ok := r.body.attribute(name); ok {
			return r.reach(open, v.line, "has "+name)
		}
		return reach{}
	}
}

// addresses is open where one of the attributes holds all addresses.
func addresses(r resource, names []string) reach {
	for _, name := range names {
		if v, ok := r.body.attribute(name); ok && anywhere(v.texts) {
			return r.reach(open, v.line, "lets "+strings.Join(v.texts, ", ")+" in")
		}
	}
	return reach{}
}

func blocksOpen(block string, names ...string) judge {
	return func(r resource) reach {
		for _, b := range r.body.blocks(block) {
			if found := addresses(r.with(b), names); found.text != "" {
				return found
			}
		}
		return reach{}
	}
}

func ruleOpen(attribute, want string, names ...string) judge {
	return func(r resource) reach {
		if attribute != "" {
			if v, ok := r.body.attribute(attribute); ok && !v.unknown && v.text() != want {
				return reach{}
			}
		}
		return addresses(r, names)
	}
}

func restAPI(r resource) reach {
	for _, b := range r.body.blocks("endpoint_configuration") {
		if v, ok := b.attribute("types"); ok && !v.unknown && v.text() == "PRIVATE" {
			return r.reach(controlled, v.line, "is a private API")
		}
	}
	return r.reach(open, 0, "serves the internet")
}

func googleFirewall(r resource) reach {
	if v, ok := r.body.attribute("direction"); ok && v.text() == "EGRESS" {
		return reach{}
	}
	if len(r.body.blocks("allow")) == 0 {
		return reach{}
	}
	v, ok := r.body.attribute("source_ranges")
	if ok {
		return addresses(r, []string{"source_ranges"})
	}
	for _, other := range []string{"source_tags", "source_service_accounts"} {
		if v, ok = r.body.attribute(other); ok {
			return reach{}
		}
	}
	return r.reach(open, v.line, "lets every source in, for it names none")
}

func azureRule(r resource) reach {
	for name, want := range map[string]string{"direction": "inbound", "access": "allow"} {
		if v, ok := r.body.attribute(name); ok && !v.unknown && strings.ToLower(v.text()) != want {
			return reach{}
		}
	}
	return addresses(r, []string{"source_address_prefix", "source_address_prefixes"})
}

// cloudRun reads the annotation by which Cloud Run takes traffic of the network only.
func cloudRun(r resource) reach {
	for _, b := range append(r.body.blocks("metadata"), r.body) {
		for _, l := range b.tags("annotations") {
			if l.key == "run.googleapis.com/ingress" && l.value == "internal" {
				return r.reach(controlled, l.line, "takes internal traffic only")
			}
		}
	}
	return r.reach(open, 0, "serves the internet")
}

func googleFunction(r resource) reach {
	if v, ok := r.body.attribute("trigger_http"); !ok || v.text() == "false" {
		return reach{}
	}
	return unless("ingress_settings", "ALLOW_INTERNAL_ONLY")(r)
}

func containerApp(r resource) reach {
	for _, b := range r.body.blocks("ingress") {
		v, ok := b.attribute("external_enabled")
		if ok && (v.unknown || slices.Contains(v.texts, "true")) {
			return r.reach(open, v.line, "takes traffic from outside")
		}
		return r.reach(controlled, v.line, "takes traffic of its environment only")
	}
	return reach{}
}

func serviceType(r resource) reach {
	v, ok := r.body.attribute("type")
	if ok && (slices.Contains(v.texts, "LoadBalancer") || slices.Contains(v.texts, "NodePort")) {
		return r.reach(open, v.line, "is of type "+v.text())
	}
	return reach{}
}
