package service

import (
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// webEvents are the events of the Serverless Framework by which requests come in.
var webEvents = map[string]bool{"http": true, "httpApi": true, "websocket": true, "alb": true, "cloudFront": true}

// tellServerless reads serverless.yml: functions are open where an event of one is a request, controlled where none is and all
// events are plain.
func (f *finder) tellServerless(file string, v *document.Value) {
	const source = "serverless"
	at := f.home(file)
	functions := v.Get("functions")
	if !functions.Is(document.Map) {
		if functions.Is(document.List) || functions.Is(document.String) { // in files of their own, or variables
			f.doubt(at.dirs[0])
		}
		return
	}
	if v.Get("provider", "name").Is(document.String) && v.Get("plugins").Is(document.List) {
		for _, p := range v.Get("plugins").List() {
			if strings.Contains(p.Str(), "apigateway") {
				f.doubt(at.dirs[0])
			}
		}
	}
	known, opened := len(functions.Map()) > 0, false
	for _, function := range functions.Map() {
		events := function.Value.Get("events")
		known = known && function.Value.Is(document.Map) && (events == nil || events.Is(document.List))
		if url := function.Value.Field("url"); url != nil && url.Value.Text != "false" && !url.Value.Is(document.Null) {
			opened = true
			f.expose(at, open, source, file, url.Line, "function %s has a public address", function.Key)
		}
		for _, e := range events.List() {
			known = known && e.Is(document.Map)
			for _, event := range e.Map() {
				if webEvents[event.Key] {
					opened = true
					f.expose(at, open, source, file, event.Line, "function %s takes %s requests", function.Key, event.Key)
				}
				known = known && !strings.Contains(event.Key, "$")
			}
		}
	}
	if known && !opened && v.Get("resources") == nil {
		f.expose(at, controlled, source, file, v.Field("functions").Line, "no function takes requests, only events")
	}
	f.tellLabels(at, append(labelsOf(v.Get("provider", "tags")), labelsOf(v.Get("provider", "stackTags"))...), source, file)
}

// tellTemplate reads a CloudFormation or SAM template.
func (f *finder) tellTemplate(file string, v *document.Value) {
	const source = "cloudformation"
	for _, r := range v.Get("Resources").Map() {
		kind, properties := r.Value.Get("Type").Str(), r.Value.Get("Properties")
		at := f.ofTemplate(file, r, properties)
		if found := templateReach(kind, r, properties); found.text != "" {
			f.expose(at, found.text, source, file, found.line, "%s %s", r.Key, found.why)
		}
		f.tellLabels(at, templateTags(properties.Get("Tags")), source, file)
	}
	for _, global := range []string{"Function", "Api", "HttpApi"} {
		f.tellLabels(f.home(file), templateTags(v.Get("Globals", global, "Tags")), source, file)
	}
}

// templateTags reads tags, which are a map in SAM and a list of Key and Value elsewhere.
func templateTags(v *document.Value) []label {
	list := labelsOf(v)
	for _, item := range v.List() {
		if key, value := item.Get("Key").Str(), item.Get("Value").Str(); key != "" && value != "" {
			list = append(list, label{key, value, item.Line})
		}
	}
	return list
}

// ofTemplate returns the code of a resource: that of its CodeUri or image, else what lies beside the template.
func (f *finder) ofTemplate(file string, r document.Field, properties *document.Value) place {
	for _, keys := range [][]string{{"CodeUri"}, {"Code"}, {"ImageUri"}} {
		code := properties.Get(keys...)
		if !code.Is(document.String) || strings.Contains(code.Text, "://") {
			continue
		}
		if dir, ok := inside(path.Dir(file), code.Text); ok && keys[0] != "ImageUri" {
			return f.codeIn(strings.TrimSuffix(dir, ".zip"))
		}
		if at := f.ofImage(code.Text, file); at.sure {
			return at
		}
	}
	if at := f.named(r.Key); at.sure {
		return at
	}
	at := f.home(file)
	return place{at.dirs, false}
}

func templateReach(kind string, r document.Field, properties *document.Value) reach {
	is := func(line int, text, why string) reach { return reach{text: text, line: line, why: why} }
	switch kind {
	case "AWS::Serverless::Function":
		return functionReach(r, properties)
	case "AWS::Serverless::Api", "AWS::ApiGateway::RestApi":
		for _, keys := range [][]string{{"EndpointConfiguration"}, {"EndpointConfiguration", "Type"}} {
			if properties.Get(keys...).Str() == "PRIVATE" {
				return is(r.Line, controlled, "is a private API")
			}
		}
		for _, t := range properties.Get("EndpointConfiguration", "Types").List() {
			if t.Str() == "PRIVATE" {
				return is(t.Line, controlled, "is a private API")
			}
		}
		return is(r.Line, open, "serves the internet")
	case "AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api", "AWS::CloudFront::Distribution", "AWS::Lambda::Url", "AWS::ElasticBeanstalk::Environment":
		return is(r.Line, open, "serves the internet")
	case "AWS::AppRunner::Service":
		if v := properties.Get("NetworkConfiguration", "IngressConfiguration", "IsPubliclyAccessible"); v != nil && v.Text == "false" {
			return is(v.Line, controlled, "is not public")
		}
		return is(r.Line, open, "serves the internet")
	case "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancing::LoadBalancer":
		if v := properties.Get("Scheme"); v.Str() == "internal" {
			return is(v.Line, controlled, "is an internal load balancer")
		}
		return is(r.Line, open, "is a load balancer that is not internal")
	case "AWS::EC2::SecurityGroup":
		for _, rule := range properties.Get("SecurityGroupIngress").List() {
			if found := ingressReach(rule); found.text != "" {
				return found
			}
		}
	case "AWS::EC2::SecurityGroupIngress":
		return ingressReach(properties)
	case "AWS::EC2::EIP":
		return is(r.Line, open, "is a public address")
	}
	return reach{}
}

func ingressReach(rule *document.Value) reach {
	for _, key := range []string{"CidrIp", "CidrIpv6"} {
		if v := rule.Get(key); v != nil && anywhere([]string{v.Str()}) {
			return reach{text: open, line: v.Line, why: "lets " + v.Str() + " in"}
		}
	}
	return reach{}
}

func functionReach(r document.Field, properties *document.Value) reach {
	if url := properties.Field("FunctionUrlConfig"); url != nil {
		return reach{text: open, line: url.Line, why: "has a public address"}
	}
	events := properties.Get("Events").Map()
	plain := len(events) > 0
	for _, event := range events {
		switch kind := event.Value.Get("Type").Str(); kind {
		case "Api", "HttpApi":
			return reach{text: open, line: event.Line, why: "takes requests by " + event.Key}
		case "":
			plain = false
		}
	}
	if plain {
		return reach{text: controlled, line: r.Line, why: "takes events only, no requests"}
	}
	return reach{}
}
