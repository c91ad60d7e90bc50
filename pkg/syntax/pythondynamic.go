package syntax

import (
	"slices"
	"strings"
)

// EntryPoints begins the What of a Dynamic that loads, through what installed distributions say they offer, a group that
// cannot be read. A group that can is among the Strings.
const EntryPoints = "entry points"

// pyLoader is a function that loads code.
type pyLoader struct {
	arg   int    // which argument names what is loaded
	key   string // the same by keyword
	kind  byte   // 'm' a module, 'o' a thing in a module, 'f' a file, 'c' source text, 'e' a group of entry points
	noted string // for people
}

// pyLoaders are the functions by module and name that load code by a name that they are given.
var pyLoaders = map[string]pyLoader{
	"importlib.import_module":                          {0, "name", 'm', "importlib.import_module"},
	"importlib.__import__":                             {0, "name", 'm', "importlib.__import__"},
	"__import__":                                       {0, "name", 'm', "__import__"},
	"builtins.__import__":                              {0, "name", 'm', "__import__"},
	"runpy.run_module":                                 {0, "mod_name", 'm', "runpy.run_module"},
	"runpy.run_path":                                   {0, "path_name", 'f', "runpy.run_path"},
	"imp.load_module":                                  {0, "name", 'm', "imp.load_module"},
	"imp.load_dynamic":                                 {1, "pathname", 'f', "imp.load_dynamic"},
	"imp.load_package":                                 {1, "path", 'f', "imp.load_package"},
	"imp.load_source":                                  {1, "pathname", 'f', "imp.load_source"},
	"importlib.util.spec_from_file_location":           {1, "location", 'f', "importlib.util.spec_from_file_location"},
	"importlib.machinery.SourceFileLoader":             {1, "path", 'f', "importlib.machinery.SourceFileLoader"},
	"importlib.util.module_from_spec":                  {-1, "", 'f', "importlib.util.module_from_spec"},
	"pkgutil.resolve_name":                             {0, "name", 'o', "pkgutil.resolve_name"},
	"pkgutil.walk_packages":                            {1, "prefix", 'w', "pkgutil.walk_packages"},
	"pydoc.locate":                                     {0, "path", 'o', "pydoc.locate"},
	"logging.config.dictConfig":                        {-1, "", ' ', ""},
	"django.utils.module_loading.import_string":        {0, "dotted_path", 'o', "import_string"},
	"django.utils.module_loading.autodiscover_modules": {-1, "", ' ', ""},
	"werkzeug.utils.import_string":                     {0, "import_name", 'o', "import_string"},
	"werkzeug.utils.find_modules":                      {0, "import_path", 'm', "find_modules"},
	"kombu.utils.symbol_by_name":                       {0, "name", 'o', "symbol_by_name"},
	"kombu.utils.imports.symbol_by_name":               {0, "name", 'o', "symbol_by_name"},
	"celery.utils.imports.instantiate":                 {0, "name", 'o', "instantiate"},
	"zope.dottedname.resolve.resolve":                  {0, "name", 'o', "zope.dottedname"},
	"twisted.python.reflect.namedAny":                  {0, "name", 'o', "namedAny"},
	"twisted.python.reflect.namedModule":               {0, "name", 'm', "namedModule"},
	"traitlets.utils.importstring.import_item":         {0, "name", 'o', "import_item"},
	"oslo_utils.importutils.import_module":             {0, "import_str", 'm', "importutils.import_module"},
	"oslo_utils.importutils.import_class":              {0, "import_str", 'o', "importutils.import_class"},
	"hydra.utils.instantiate":                          {-1, "", 'f', "hydra.utils.instantiate"},
	"exec":                                             {0, "", 'c', "exec"},
	"eval":                                             {0, "", 'c', "eval"},
	"execfile":                                         {0, "", 'f', "execfile"},
	"importlib.metadata.entry_points":                  {-1, "group", 'e', "importlib.metadata.entry_points"},
	"importlib_metadata.entry_points":                  {-1, "group", 'e', "importlib_metadata.entry_points"},
	"pkg_resources.iter_entry_points":                  {0, "group", 'e', "pkg_resources.iter_entry_points"},
	"pkg_resources.load_entry_point":                   {1, "group", 'e', "pkg_resources.load_entry_point"},
	"pkg_resources.get_entry_map":                      {1, "group", 'e', "pkg_resources.get_entry_map"},
	"entrypoints.get_group_all":                        {0, "group", 'e', "entrypoints"},
	"entrypoints.get_group_named":                      {0, "group", 'e', "entrypoints"},
	"entrypoints.get_single":                           {0, "group", 'e', "entrypoints"},
	"stevedore.ExtensionManager":                       {0, "namespace", 'e', "stevedore"},
	"stevedore.DriverManager":                          {0, "namespace", 'e', "stevedore"},
	"stevedore.NamedExtensionManager":                  {0, "namespace", 'e', "stevedore"},
	"stevedore.EnabledExtensionManager":                {0, "namespace", 'e', "stevedore"},
	"stevedore.HookManager":                            {0, "namespace", 'e', "stevedore"},
	"stevedore.extension.ExtensionManager":             {0, "namespace", 'e', "stevedore"},
	"stevedore.driver.DriverManager":                   {0, "namespace", 'e', "stevedore"},
	"stevedore.named.NamedExtensionManager":            {0, "namespace", 'e', "stevedore"},
	"stevedore.enabled.EnabledExtensionManager":        {0, "namespace", 'e', "stevedore"},
	"stevedore.hook.HookManager":                       {0, "namespace", 'e', "stevedore"},
}

// pyLoaderMethods load entry points whatever object they belong to.
var pyLoaderMethods = map[string]pyLoader{
	"load_setuptools_entrypoints": {0, "group", 'e', "load_setuptools_entrypoints"},
	"iter_entry_points":           {0, "group", 'e', "iter_entry_points"},
	"exec_module":                 {-1, "", 'f', "exec_module"},
	"load_module":                 {0, "fullname", 'm', "load_module"},
	"import_module":               {0, "name", 'm', "import_module"},
}

// dynamic notes a call that loads code: as an import where its name can be read, else as Dynamic.
func (r *pyReader) dynamic(n Node, s *pyScope) {
	loader, ok := r.loader(n.Field("function"), s)
	if !ok || loader.kind == ' ' {
		return
	}
	args := n.Field("arguments")
	arg := pyArgument(args, loader.arg, loader.key)
	d := Dynamic{Line: n.Line()}
	switch loader.kind {
	case 'f':
		d.What = loader.noted + " of a file"
	case 'e':
		if text, whole := pyText(arg); arg.Is("string", "concatenated_string") && whole && text != "" {
			return
		}
		if arg.OK() && !slices.ContainsFunc(r.literals(arg, s, 0), func(l pyLiteral) bool { return !l.whole }) {
			return
		}
		d.What = EntryPoints + " of any group, by " + loader.noted
	case 'c':
		if text, whole := pyText(arg); arg.Is("string", "concatenated_string") && whole && !strings.Contains(text, "import") {
			return
		}
		d.What = loader.noted + " of text"
	case 'w':
		if pyArgument(args, 0, "path").OK() { // only below a folder that the caller names, which it already has
			return
		}
		d.What = loader.noted + " over all that is installed"
	default:
		r.byName(n, s, loader, args, arg)
		return
	}
	r.f.Dynamic = append(r.f.Dynamic, d)
}

// handedOn notes the mention of a function that loads code, or of the module of such functions, that is no call: whoever gets it
// may call it with anything.
func (r *pyReader) handedOn(n Node, first, rest string, refs []pyRef, defined string, call bool, s *pyScope) {
	if call || n.FieldName() == "left" && n.Parent().Is("assignment") {
		return
	}
	note := func(what string) {
		r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: n.Line(), What: what + ", which is handed on"})
	}
	for _, ref := range refs {
		full := ref.at(rest)
		name := strings.Trim(full.module+"."+full.path, ".")
		if l, ok := pyLoaders[name]; ok && l.kind != ' ' && l.kind != 'e' {
			note(l.noted)
		} else if name == "importlib" || name == "builtins" || name == "runpy" || name == "imp" {
			note(name)
		}
	}
	if b, _ := s.find(first); b == nil && defined == "" && rest == "" && len(refs) == 0 {
		if l, ok := pyLoaders[first]; ok {
			note(l.noted)
		}
	}
}

// byName notes the import of modules by a name that is a value.
func (r *pyReader) byName(n Node, s *pyScope, loader pyLoader, args, arg Node) {
	for _, l := range r.literals(arg, s, 0) {
		text := strings.ReplaceAll(l.text, ":", ".")
		if l.text == pyOwn && l.whole {
			l.whole = false
		}
		if l.whole && strings.HasPrefix(text, ".") {
			anchor := pyArgument(args, 1, "package")
			if at, whole := pyText(anchor); anchor.Is("string") && whole {
				text = at + text[min(len(text), strings.Count(text, ".")-strings.Count(strings.TrimLeft(text, "."), ".")-1):]
			} else if !anchor.Is("identifier") || !pyOwnName(anchor) {
				l.whole, text = false, ""
			}
		}
		if l.whole && text != "" && pyName(text) {
			i := Import{Target: text, Line: n.Line(), In: s.in}
			r.f.Imports = append(r.f.Imports, i)
			continue
		}
		switch anchor := pyArgument(args, 1, "package"); {
		case text == pyOwn:
			text = "."
		case strings.HasPrefix(text, ".") && anchor.Is("identifier") && pyOwnName(anchor):
			text = "."
		case strings.HasPrefix(text, "."):
			text = ""
		}
		r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: n.Line(), What: loader.noted + " of a name that is computed", Prefix: text})
	}
}

// pyName reports whether text is a dotted name.
func pyName(text string) bool {
	for _, c := range text {
		if c != '.' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c < 0x80 {
			return false
		}
	}
	return !strings.HasSuffix(text, ".")
}

// pyOwnName reports whether n is the name of the file's own module or package.
func pyOwnName(n Node) bool { return n.Text() == "__name__" || n.Text() == "__package__" }

// loader returns what the called thing loads.
func (r *pyReader) loader(f Node, s *pyScope) (pyLoader, bool) {
	first, rest := pyChain(f)
	last := rest[strings.LastIndexByte(rest, '.')+1:]
	if first == "" {
		l, ok := pyLoaderMethods[last]
		return l, ok
	}
	refs, defined := r.meaning(first, s, 0)
	for _, ref := range refs {
		full := ref.at(rest)
		if l, ok := pyLoaders[strings.Trim(full.module+"."+full.path, ".")]; ok {
			return l, true
		}
	}
	if len(refs) == 0 && defined == "" {
		if b, _ := s.find(first); b == nil && rest == "" {
			if l, ok := pyLoaders[first]; ok {
				return l, true
			}
			for _, module := range r.stars {
				if l, ok := pyLoaders[module+"."+first]; ok {
					return l, true
				}
			}
			return pyLoader{}, false
		}
		if rest != "" && first != "self" {
			l, ok := pyLoaderMethods[last]
			return l, ok
		}
	}
	return pyLoader{}, false
}

// pyArgument is the argument at a place, or of a keyword. A negative place has only the keyword.
func pyArgument(args Node, at int, key string) Node {
	i := 0
	for child := range args.Children() {
		switch {
		case child.Is("comment"):
		case child.Is("keyword_argument"):
			if key != "" && child.Field("name").Text() == key {
				return child.Field("value")
			}
		default:
			if i == at {
				return child
			}
			i++
		}
	}
	return Node{}
}

// pyOwn is the beginning of a name that begins with the file's own.
const pyOwn = "__name__"

// pyLiteral is what is known of a text: all, or what it begins with.
type pyLiteral struct {
	text  string
	whole bool
}

// literals returns what the value n may be; always at least one answer.
func (r *pyReader) literals(n Node, s *pyScope, depth int) []pyLiteral {
	unknown := []pyLiteral{{}}
	if r.steps++; depth > 4 || r.steps > maxSteps {
		return unknown
	}
	switch n.Kind() {
	case "string", "concatenated_string":
		text, whole := pyText(n)
		if first := n.Child("interpolation"); text == "" && first.OK() && pyOwnName(first.Field("expression")) {
			return []pyLiteral{{pyOwn, false}}
		}
		return []pyLiteral{{text, whole}}
	case "parenthesized_expression":
		for child := range n.Children() {
			return r.literals(child, s, depth+1)
		}
	case "conditional_expression":
		var all []pyLiteral
		i := 0
		for child := range n.Children() { // what, if, else
			if i != 1 {
				all = append(all, r.literals(child, s, depth+1)...)
			}
			i++
		}
		if len(all) > 0 && len(all) <= maxRefs {
			return all
		}
	case "binary_operator":
		left, op := n.Field("left"), n.Field("operator").Text()
		if left.Is("identifier") && pyOwnName(left) && op == "+" {
			return []pyLiteral{{pyOwn, false}}
		}
		var all []pyLiteral
		for _, l := range r.literals(left, s, depth+1) {
			if op == "%" {
				l.text, _, _ = strings.Cut(l.text, "%")
			} else if op != "+" {
				l.text = ""
			}
			l.whole = false
			all = append(all, l)
		}
		return all
	case "call":
		if f := n.Field("function"); f.Is("attribute") && f.Field("attribute").Text() == "format" && f.Field("object").Is("string", "concatenated_string") {
			text, _ := pyText(f.Field("object"))
			text, _, _ = strings.Cut(text, "{")
			return []pyLiteral{{text, false}}
		}
	case "identifier":
		if pyOwnName(n) {
			return []pyLiteral{{pyOwn, false}}
		}
		return r.valuesOf(n, s, depth)
	}
	return unknown
}

// valuesOf returns what a variable may hold, where all that is assigned to it can be read.
func (r *pyReader) valuesOf(n Node, s *pyScope, depth int) []pyLiteral {
	unknown := []pyLiteral{{}}
	b, at := s.find(n.Text())
	if b == nil || b.locals > 0 || len(b.refs) > 0 || b.defined != "" {
		return unknown
	}
	var all []pyLiteral
	for _, value := range b.values {
		all = append(all, r.literals(value, at, depth+1)...)
	}
	for _, over := range b.loops {
		if over.Is("identifier") {
			if list, _ := at.find(over.Text()); list != nil && list.locals == 0 && len(list.values) == 1 && len(list.loops) == 0 && list.values[0].Is("tuple") {
				over = list.values[0] // what is a list may grow
			}
		}
		if !over.Is("list", "tuple", "set", "expression_list") {
			return unknown
		}
		for item := range over.Children() {
			if len(all) > 64 {
				return unknown
			}
			if !item.Is("comment") {
				all = append(all, r.literals(item, at, depth+1)...)
			}
		}
	}
	if len(all) == 0 {
		return unknown
	}
	return all
}
