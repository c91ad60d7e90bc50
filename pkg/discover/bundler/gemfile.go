package bundler

import (
	"path"
	"path/filepath"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// declaration is a gem that a Gemfile or a gemspec declares.
type declaration struct {
	name         string
	requirements []string
	plain        bool // the requirements are all there is
	conditional  bool // code decides whether it counts
	local        bool // it comes from a folder or a commit
	scope        fettle.Scope
	at           fettle.Location
}

// gemfile is what a Gemfile declares, read as text.
type gemfile struct {
	files    *project.Files
	t        *project.Teller
	list     []declaration
	runtime  map[string]fettle.Location // what gemspecs of the project need when they run, by name
	seen     map[string]bool            // files that were read
	gemspecs []string
	gems     int
}

// block is one that is open in a Gemfile.
type block struct {
	groups      []string // of a group block; nil for others
	optional    bool
	conditional bool
}

// maxFiles bounds how many files one Gemfile may lead to.
const maxFiles = 100

// readGemfile reads file and those that it names; nil where there is none.
func readGemfile(files *project.Files, file string, t *project.Teller) *gemfile {
	if !files.Is(file) {
		return nil
	}
	g := &gemfile{files: files, t: t, runtime: map[string]fettle.Location{}, seen: map[string]bool{}}
	g.read(file, nil)
	return g
}

func (g *gemfile) read(file string, open []block) {
	if g.seen[file] || len(g.seen) >= maxFiles {
		return
	}
	g.seen[file] = true
	data, err := g.files.Read(file)
	if err != nil {
		g.t.Fault(file, err)
		return
	}
	list, lost := scanRuby(string(data))
	if lost > 0 {
		g.t.Tell(file, lost, "cannot be read as text from this line on, so groups of gems below it are unknown and count as production")
	}
	base := len(open)
	for _, st := range list {
		open = g.statement(file, st, open, base)
	}
}

// openers begin what ends with the word end.
var openers = []string{"if", "unless", "case", "while", "until", "for", "begin", "def", "class", "module"}

// statement takes one statement and returns the blocks that are open after it. Those below base are of another file.
func (g *gemfile) statement(file string, st statement, open []block, base int) []block {
	first, last := st.tokens[0], st.tokens[len(st.tokens)-1]
	ends := opensBlock(st.tokens)
	b := block{}
	switch {
	case first.kind == 'w' && first.text == "end" || first.kind == 'o' && first.text == "}":
		if len(open) > base {
			open = open[:len(open)-1]
		}
		return open
	case first.kind != 'w':
		b.conditional = true
		g.hidden(file, st, 0)
	case slices.Contains(openers, first.text) || assigned(st.tokens):
		g.hidden(file, st, 0)
		b.conditional, ends = true, last.text != "end" || last.kind != 'w'
	default:
		g.method(file, st, open, &b)
	}
	if ends && len(open) < 1000 {
		open = append(slices.Clip(open), b)
	}
	return open
}

// opensBlock reports whether a statement ends by opening a block.
func opensBlock(tokens []token) bool {
	n := len(tokens)
	if n > 2 && tokens[n-1].text == "|" {
		for n--; n > 0 && tokens[n-1].text != "|"; n-- {
		}
		n--
	}
	return n > 0 && n <= len(tokens) && (tokens[n-1].kind == 'w' && tokens[n-1].text == "do" || n > 1 && tokens[n-1].kind == 'o' && tokens[n-1].text == "{")
}

// assigned reports whether the statement begins a branch whose value is kept, as x = if y does.
func assigned(tokens []token) bool {
	for i := 1; i < len(tokens) && i < 6; i++ {
		if tokens[i-1].kind == 'o' && tokens[i-1].text == "=" && tokens[i].kind == 'w' && slices.Contains([]string{"if", "unless", "case", "begin"}, tokens[i].text) {
			return true
		}
	}
	return false
}

// method takes a statement that begins with a word. b is the block that it opens, where it does.
func (g *gemfile) method(file string, st statement, open []block, b *block) {
	args := st.tokens[1:]
	name := st.tokens[0].text
	switch name {
	case "gem":
		g.gem(file, st.line, parseCall(args), open, modified(args))
		return
	case "group":
		c := parseCall(args)
		b.groups = texts(c.values)
		if c.isUnknown("") {
			b.groups = []string{""}
			g.t.Tell(file, st.line, "the names of a group are worked out when the Gemfile runs, so its gems count as production")
		}
		b.optional = len(c.options["optional"]) > 0 && c.options["optional"][0].text == "true"
	case "gemspec":
		g.gemspec(file, st.line, parseCall(args), open)
	case "eval_gemfile":
		g.include(file, st.line, parseCall(args), open)
	case "plugin":
		g.t.Tell(file, st.line, "declares a plugin of Bundler, which no lockfile holds, so it was not checked")
	case "source", "path", "git", "github", "platforms", "platform":
	case "eval", "instance_eval", "load", "class_eval", "send":
		g.t.Tell(file, st.line, "%s runs code that cannot be read as text; gems that it declares count as production", name)
	default:
		b.conditional = true
	}
	g.hidden(file, st, 1)
}

// modified reports whether an if or unless after a call decides whether it counts.
func modified(tokens []token) bool {
	return slices.ContainsFunc(tokens, func(t token) bool { return t.kind == 'w' && (t.text == "if" || t.text == "unless") })
}

// hidden tells of gems that are declared within a statement rather than at its beginning.
func (g *gemfile) hidden(file string, st statement, from int) {
	for i := from; i < len(st.tokens); i++ {
		t := st.tokens[i]
		if t.kind != 'w' || t.text != "gem" || i > 0 && (st.tokens[i-1].text == "." || st.tokens[i-1].text == "def") || i+1 == len(st.tokens) {
			continue
		}
		if next := st.tokens[i+1]; next.kind == 's' || next.kind == 'w' || next.text == "(" {
			g.t.Tell(file, st.line, "declares a gem within other code, which is not run here; its groups are unknown, so it counts as production")
			return
		}
	}
}

func (g *gemfile) gem(file string, line int, c call, open []block, conditional bool) {
	if !c.first || len(c.values) == 0 || c.values[0].kind != 's' {
		g.t.Tell(file, line, "the name of a gem is worked out when the Gemfile runs; its groups are unknown, so it counts as production")
		return
	}
	if g.gems++; g.gems > project.MaxNodes {
		return
	}
	d := declaration{name: c.values[0].text, requirements: texts(c.values[1:]), plain: !c.isUnknown(""), conditional: conditional,
		at: fettle.Location{Path: file, Line: line}}
	var groups []string
	optional := false
	for _, b := range open {
		groups = append(groups, b.groups...)
		optional = optional || b.optional
		d.conditional = d.conditional || b.conditional
	}
	for _, label := range []string{"group", "groups"} {
		groups = append(groups, texts(c.options[label])...)
	}
	if c.isUnknown("group", "groups") {
		groups = append(groups, "")
		g.t.Tell(file, line, "the groups of %.100s are worked out when the Gemfile runs, so it counts as production", d.name)
	}
	for _, label := range []string{"platforms", "platform", "install_if"} {
		d.conditional = d.conditional || c.options[label] != nil || c.isUnknown(label)
	}
	for _, label := range []string{"path", "git", "github", "gist", "bitbucket", "gitlab"} {
		d.local = d.local || c.options[label] != nil || c.isUnknown(label)
	}
	d.scope = scopeOf(groups, optional)
	g.list = append(g.list, d)
}

// scopeOf is the widest scope of the groups that a gem is in.
func scopeOf(groups []string, optional bool) fettle.Scope {
	widest := fettle.Scope("")
	for _, name := range groups {
		s := fettle.Production
		switch name {
		case "development", "dev":
			s = fettle.Development
		case "test", "tests":
			s = fettle.Test
		default:
			if optional {
				s = fettle.Optional
			}
		}
		if s.Wider(widest) {
			widest = s
		}
	}
	if widest == "" {
		return fettle.Production
	}
	return widest
}

// include reads the Gemfile that eval_gemfile names, as part of this one.
func (g *gemfile) include(file string, line int, c call, open []block) {
	if len(c.values) != 1 || c.isUnknown("") {
		g.t.Tell(file, line, "the path of eval_gemfile is worked out when it runs; gems that it declares count as production")
		return
	}
	at := path.Join(project.Parent(file), c.values[0].text)
	if path.IsAbs(c.values[0].text) || !filepath.IsLocal(filepath.FromSlash(at)) {
		g.t.Tell(file, line, "eval_gemfile %.200q leads out of the repository; gems that it declares count as production", c.values[0].text)
		return
	}
	g.read(at, slices.Clone(open))
}

// gemspec reads the gemspecs that the project's own gem is of: what they need for development counts as declared.
func (g *gemfile) gemspec(file string, line int, c call, open []block) {
	dir := project.Parent(file)
	if at := c.options["path"]; len(at) > 0 {
		dir = path.Join(dir, at[0].text)
	}
	if c.isUnknown("path", "name") || !filepath.IsLocal(filepath.FromSlash("./"+dir)) {
		g.t.Tell(file, line, "the path of gemspec is worked out when it runs or leads out of the repository; gems that it declares count as production")
		return
	}
	group := "development"
	if at := c.options["development_group"]; len(at) > 0 {
		group = at[0].text
	}
	found := false
	for _, name := range g.files.List(dir) {
		if want := c.options["name"]; path.Ext(name) != ".gemspec" || len(want) > 0 && name != want[0].text+".gemspec" {
			continue
		}
		found = true
		at := path.Join(dir, name)
		g.gemspecs = append(g.gemspecs, at)
		for _, d := range readGemspec(g.files, at, g.t) {
			if d.scope != fettle.Development {
				g.runtime[d.name] = d.at
				continue
			}
			d.scope = scopeOf([]string{group}, false)
			g.list = append(g.list, d)
		}
	}
	if !found {
		g.t.Tell(file, line, "names a gemspec in %.100q, and there is none", dir)
	}
}
