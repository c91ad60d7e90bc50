package service

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// tellOpenAPI reads an OpenAPI or Swagger document: that there is a server, how it knows its callers, and what fields it takes.
func (f *finder) tellOpenAPI(file string, v *document.Value) {
	version := v.Field("openapi")
	if version == nil {
		version = v.Field("swagger")
	}
	if version == nil || !v.Get("paths").Is(document.Map) {
		return
	}
	var schemes []string
	for _, holder := range []*document.Value{v.Get("components", "securitySchemes"), v.Get("securityDefinitions")} {
		for _, s := range holder.Map() {
			schemes = append(schemes, s.Value.Get("type").Str())
		}
	}
	slices.Sort(schemes)
	schemes = slices.Compact(schemes)
	how := "no security scheme"
	if len(schemes) > 0 {
		how = "security by " + strings.Join(schemes[:min(len(schemes), 4)], ", ")
	}
	at := f.home(file)
	f.serves(at, "openapi", file, version.Line, "%s", fmt.Sprintf("OpenAPI document of %d paths, %s", len(v.Get("paths").Map()), how))
	left := 50_000
	f.properties(at, file, v, 0, &left)
}

// properties looks at the names of the fields of all schemas.
func (f *finder) properties(at place, file string, v *document.Value, depth int, left *int) {
	if *left--; depth > 40 || *left < 0 {
		return
	}
	for _, field := range v.Map() {
		if field.Key == "properties" && field.Value.Is(document.Map) {
			for _, p := range field.Value.Map() {
				f.fieldHint(at, "openapi", file, p.Line, p.Key)
			}
		}
		f.properties(at, file, field.Value, depth+1, left)
	}
	for _, item := range v.List() {
		f.properties(at, file, item, depth+1, left)
	}
}
