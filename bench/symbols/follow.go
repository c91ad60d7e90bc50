package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/syntax"
)

// exported returns the names by which the package's main files hand on functions that lead to one of seeds; "default" is the
// package itself.
func (c *code) exported(seeds []function) []string {
	reached := c.callers(seeds)
	names := map[string]bool{}
	for _, main := range c.mains {
		c.handed(main, "", reached, names, 0)
	}
	return slices.Sorted(maps.Keys(names))
}

// callers returns the functions that call one of seeds, directly or through others, seeds included.
func (c *code) callers(seeds []function) map[function]bool {
	called := map[function][]function{} // by the callee
	for file, f := range c.files {
		for _, u := range f.Uses {
			from := function{file, u.In}
			if u.Module == "" {
				for _, d := range f.Defines {
					if tail(d.Name) == tail(u.Path) {
						called[function{file, d.Name}] = append(called[function{file, d.Name}], from)
					}
				}
				continue
			}
			if other := c.resolve(file, u.Module); other != "" {
				for _, to := range c.behind(other, strings.TrimPrefix(strings.TrimPrefix(u.Path, "default"), "."), 0) {
					called[to] = append(called[to], from)
				}
			}
		}
		for _, d := range f.Defines { // a function is reached through the one that makes it
			if outer := d.Name[:max(0, strings.LastIndexByte(d.Name, '.'))]; outer != "" {
				if slices.ContainsFunc(f.Defines, func(o syntax.Definition) bool {
					return o.Name == outer && o.Line < d.Line && o.EndLine >= d.EndLine && o.EndLine-o.Line < 300
				}) && !isClass(c, file, outer) {
					called[function{file, d.Name}] = append(called[function{file, d.Name}], function{file, outer})
				}
			}
		}
	}
	reached := map[function]bool{}
	queue := slices.Clone(seeds)
	for len(queue) > 0 {
		f := queue[0]
		queue = queue[1:]
		if reached[f] {
			continue
		}
		reached[f] = true
		queue = append(queue, called[f]...)
	}
	return reached
}

// behind returns the definitions that a path below a file's exports means.
func (c *code) behind(file, path string, depth int) []function {
	if depth > 10 {
		return nil
	}
	first, rest, _ := strings.Cut(path, ".")
	var list []function
	for _, e := range c.files[file].Exports {
		below := ""
		switch e.Name {
		case "", "*", "default":
			below = path
		case first:
			below = rest
		default:
			continue
		}
		if e.Module == "" {
			for _, d := range c.files[file].Defines {
				if d.Name == e.Path && (e.Name != "" || path == "") || e.Name == "" && below != "" && tail(d.Name) == tail(below) {
					list = append(list, function{file, d.Name})
				}
			}
		} else if other := c.resolve(file, e.Module); other != "" {
			list = append(list, c.behind(other, strings.Trim(e.Path+"."+below, "."), depth+1)...)
		}
	}
	if len(list) == 0 {
		for _, d := range c.files[file].Defines {
			if path != "" && tail(d.Name) == tail(path) {
				list = append(list, function{file, d.Name})
			}
		}
	}
	return list
}

// handed adds the names under which the file hands on what is reached.
func (c *code) handed(file, below string, reached map[function]bool, names map[string]bool, depth int) {
	if depth > 10 {
		return
	}
	for _, e := range c.files[file].Exports {
		if below != "" && e.Name != below && e.Name != "" && e.Name != "*" {
			continue
		}
		name := e.Name
		if name == "" || name == "*" {
			name = "default"
		}
		if e.Module != "" {
			other := c.resolve(file, e.Module)
			if other == "" {
				continue
			}
			inner := map[string]bool{}
			c.handed(other, strings.TrimPrefix(e.Path, "default"), reached, inner, depth+1)
			for n := range inner {
				switch {
				case name == "default":
					names[n] = true
				case n == "default" || n == e.Path:
					names[name] = true
				default:
					names[n] = true
				}
			}
			continue
		}
		for f := range reached {
			if f.file != file {
				continue
			}
			switch {
			case f.name == e.Path:
				names[name] = true
			case strings.HasPrefix(f.name, e.Path+".") || e.Name == "" && strings.Contains(f.name, "."):
				names[tail(f.name)] = true // a method
			}
		}
	}
	if reached[function{file, ""}] && len(c.files[file].Exports) > 0 && depth > 0 {
		names["default"] = true
	}
}

func isClass(c *code, file, name string) bool {
	for _, d := range c.files[file].Defines {
		if d.Name == name {
			line := c.texts[file][d.Line-1]
			return strings.Contains(line, "class ")
		}
	}
	return false
}

func tail(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
