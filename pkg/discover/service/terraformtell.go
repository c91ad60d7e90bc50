package service

import (
	"path"
	"slices"
	"strings"
)

// tellTerraform says what resources open, and what their tags mean, of the code that they name.
func (f *finder) tellTerraform() {
	const source = "terraform"
	for _, m := range f.modules {
		for _, r := range m.resources {
			if judges[r.kind] != nil {
				f.exposers++
			}
		}
	}
	var inside []func()
	unsure := false // something is open, and what is behind it is not known
	for _, m := range f.modules {
		for _, r := range m.resources {
			at := f.ofResource(r)
			if ask := judges[r.kind]; ask != nil {
				switch found := ask(r); found.text {
				case open:
					unsure = unsure || !at.sure
					f.expose(at, open, source, found.file, found.line, "%s", found.why)
				case controlled:
					inside = append(inside, func() { f.expose(at, controlled, source, found.file, found.line, "%s", found.why) })
				}
			}
			tags := slices.Concat(r.body.tags("tags"), r.body.tags("labels"))
			for _, b := range r.body.blocks("default_tags") {
				tags = append(tags, b.tags("tags")...)
			}
			f.tellLabels(at, tags, source, r.file)
		}
	}
	if !unsure {
		for _, tell := range inside {
			tell()
		}
	}
}

// nameParts are what a name has around that of a service.
var nameParts = set(`lb alb nlb elb sg api gateway gw lambda function fn url service svc app instance role public private internal external main this default http https web-sg
	security group ingress rule ecs run prod production staging dev`)

// ofResource returns the code that a resource names: by the folder of its module, its own name, or the function or image that it
// runs. Only a name that is that of one folder is sure; else it is about the code around it.
func (f *finder) ofResource(r resource) place {
	var names []string
	for _, attribute := range []string{"function_name", "name", "service_name", "source_dir", "filename"} {
		if v, ok := r.body.attribute(attribute); ok && v.text() != "" && !v.unknown {
			names = append(names, strings.TrimSuffix(path.Base(v.text()), path.Ext(v.text())))
		}
	}
	names = append(names, r.name)
	for _, name := range names {
		if at := f.named(name); !at.none() {
			return at
		}
	}
	if v, ok := r.body.attribute("image"); ok && v.text() != "" {
		if at := f.ofImage(v.text(), r.file); !at.none() && at.sure {
			return at
		}
	}
	for _, name := range names {
		if at := f.named(trimmed(name)); !at.none() {
			return place{at.dirs, false}
		}
	}
	if dir := path.Dir(r.file); dir != "." {
		if at := f.named(path.Base(dir)); !at.none() && !slices.Contains(at.dirs, dir) {
			return place{at.dirs, false}
		}
	}
	at := f.home(r.file)
	return place{at.dirs, at.sure && len(f.units) == 1 && f.exposers == 1}
}

// trimmed drops the words around the name of a service: shop-api-alb is shop.
func trimmed(name string) string {
	parts := strings.Split(plainName(name), "-")
	for len(parts) > 1 && nameParts[parts[len(parts)-1]] {
		parts = parts[:len(parts)-1]
	}
	for len(parts) > 1 && nameParts[parts[0]] {
		parts = parts[1:]
	}
	return strings.Join(parts, "-")
}
