package syntax

import (
	"path"
	"regexp"
	"strings"
)

var (
	pyCommand = regexp.MustCompile(`^(python|pypy)[0-9.]*w?(\.exe)?$`)
	pyOpen    = regexp.MustCompile(`(?:^|\s)-[mc]\s+\\?['"]*(\{|%[^%]|['"]?$)`) // what Python is to run is filled in
)

// child notes a command that has another Python run what cannot be read here. n is a list, a tuple or the arguments of a call.
func (r *pyReader) child(n Node, s *pyScope) {
	var items []Node
	python := false
	for item := range n.Children() {
		switch {
		case item.Is("comment", "keyword_argument"):
		case python:
			items = append(items, item)
		default:
			python = r.python(item, s)
		}
	}
	note := func(what string) {
		r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: n.Line(), What: "a command of Python with " + what})
	}
	if !python {
		return
	}
	if around := n.Parent(); len(items) == 0 && n.Is("list", "tuple") && around.Is("binary_operator") && !(pyShort(around) && strings.Contains(around.Text(), "sys.argv")) {
		note("arguments that are computed")
	}
	for i, item := range items {
		option, _ := pyText(item)
		switch {
		case i == 0 && item.Is("list_splat") && !strings.Contains(item.Text(), "sys.argv"):
			note("arguments that are computed")
			return
		case !item.Is("string") || option != "-m" && option != "-c":
			continue
		case i+1 == len(items):
			note(option + " of what is computed")
			return
		}
		for _, l := range r.literals(items[i+1], s, 0) {
			if !l.whole || option == "-c" && strings.Contains(l.text, "import") {
				note(option + " of a text")
				return
			}
		}
		return
	}
}

// python reports whether n names the interpreter.
func (r *pyReader) python(n Node, s *pyScope) bool {
	if n.Is("string") {
		text, whole := pyText(n)
		return whole && pyCommand.MatchString(path.Base(text))
	}
	first, rest := pyChain(n)
	if first == "" {
		return n.Is("call") && pyShort(n) && strings.Contains(n.Text(), "python") // shutil.which("python3"), str(python)
	}
	refs, _ := r.meaning(first, s, 0)
	for _, ref := range refs {
		if full := ref.at(rest); full.module == "sys" && full.path == "executable" {
			return true
		}
	}
	name := strings.ToLower(first + "." + rest)
	return strings.Contains(name, "python") || strings.Contains(name, "executable") || strings.Contains(name, "interpreter")
}

// pyShort reports whether the text of n is so short that looking through it does not add up where many are nested.
func pyShort(n Node) bool {
	from, to := n.Bytes()
	return to-from <= MaxString
}

// secret notes texts by which code comes to load by name: commands of Python, and the names of what loads.
func (r *pyReader) secret(n Node, text string) {
	what := ""
	switch raw := n.Text(); {
	case text == "__import__" || text == "__builtins__":
		what = text + ", which is named"
	case len(raw) <= 4*MaxString && (strings.Contains(raw, "python") || strings.Contains(raw, "executable")) && pyOpen.MatchString(raw):
		what = "a command of Python with a text that is filled in"
	default:
		return
	}
	r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: n.Line(), What: what})
}
