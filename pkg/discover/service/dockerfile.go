package service

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// dockerfile is what matters of a Dockerfile. Its grammar is one of lines, so a reader of lines is enough: instructions,
// continued lines, comments between them, the escape directive and here-documents. Nothing is expanded but the defaults of ARG.
type dockerfile struct {
	file   string
	stages []*stage
	whole  bool // every instruction was understood
}

// stage is one FROM and what follows.
type stage struct {
	name    string
	base    string // an image or the name of an earlier stage
	line    int
	copies  []transfer
	exposes []port
	lean    int  // the line of an install without development dependencies
	network bool // a bind mount shows it more than is copied
}

// transfer is a COPY or ADD.
type transfer struct {
	from    string // a stage or an image; "" is the build context
	sources []string
	line    int
}

type port struct {
	text string
	line int
}

// instruction is one instruction with its continued lines joined.
type instruction struct {
	name, rest string
	line       int
}

const (
	maxInstructions = 5_000
	maxStages       = 200
)

var heredoc = regexp.MustCompile(`<<-?["']?([A-Za-z_][A-Za-z0-9_]*)["']?`)

// instructions splits text as Docker does.
func instructions(text string) []instruction {
	var list []instruction
	escape := "\\"
	lines := strings.Split(text, "\n")
	directives := true
	for i := 0; i < len(lines) && len(list) < maxInstructions; i++ {
		line := strings.TrimSpace(lines[i])
		if name, value, ok := strings.Cut(strings.TrimPrefix(line, "#"), "="); directives && strings.HasPrefix(line, "#") && ok {
			if strings.EqualFold(strings.TrimSpace(name), "escape") && strings.TrimSpace(value) == "`" {
				escape = "`"
			}
			continue
		}
		directives = false
		if line == "" || line[0] == '#' {
			continue
		}
		at := i + 1
		var joined strings.Builder
		for {
			part, more := strings.CutSuffix(line, escape)
			joined.WriteString(part)
			if !more {
				break
			}
			joined.WriteByte(' ')
			for i++; i < len(lines); i++ { // comments and empty lines do not end an instruction
				if line = strings.TrimSpace(lines[i]); line != "" && line[0] != '#' {
					break
				}
			}
			if i >= len(lines) {
				break
			}
		}
		name, rest, _ := strings.Cut(strings.TrimSpace(joined.String()), " ")
		in := instruction{strings.ToUpper(name), strings.TrimSpace(rest), at}
		list = append(list, in)
		if in.name == "RUN" || in.name == "COPY" || in.name == "ADD" {
			for _, m := range heredoc.FindAllStringSubmatch(in.rest, 8) {
				for i++; i < len(lines) && strings.TrimSpace(lines[i]) != m[1]; i++ {
				}
			}
		}
	}
	return list
}

// words splits the arguments of an instruction: flags, and the words or the JSON list after them.
func words(rest string) (flags map[string]string, args []string) {
	flags = map[string]string{}
	fields := strings.Fields(rest)
	for len(fields) > 0 && strings.HasPrefix(fields[0], "--") {
		name, value, _ := strings.Cut(fields[0][2:], "=")
		flags[strings.ToLower(name)] = strings.Trim(value, `"'`)
		fields = fields[1:]
	}
	joined := strings.Join(fields, " ")
	if strings.HasPrefix(joined, "[") {
		joined = strings.NewReplacer("[", " ", "]", " ", ",", " ").Replace(joined)
	}
	for _, word := range strings.Fields(joined) {
		args = append(args, strings.Trim(word, `"'`))
	}
	return flags, args
}

var lean = regexp.MustCompile(`\b(npm (ci|i|install)\b[^&|;]*(--omit[= ]dev|--production|--only[= ]prod)|yarn install[^&|;]*--production|pnpm (i|install)[^&|;]*(--prod|-P)\b|pip install[^&|;]*--no-dev|poetry install[^&|;]*(--no-dev|--only[= ]main|--without[= ]dev)|uv sync[^&|;]*--no-dev|bundle install[^&|;]*--without|composer install[^&|;]*--no-dev)`)

// parseDockerfile never fails: a line that is no instruction makes it not whole, and nothing that lowers is said of it then.
func parseDockerfile(file string, data []byte) *dockerfile {
	d := &dockerfile{file: file, whole: true}
	args := map[string]string{}
	list := instructions(strings.ReplaceAll(string(data), "\r\n", "\n"))
	d.whole = len(list) < maxInstructions
	var at *stage
	for _, in := range list {
		flags, parts := words(in.rest)
		if in.name == "ARG" {
			if name, value, ok := strings.Cut(in.rest, "="); ok {
				args[name] = strings.Trim(value, `"'`)
			}
			continue
		}
		if in.name == "FROM" {
			if len(parts) == 0 || len(d.stages) == maxStages {
				d.whole = false
				continue
			}
			at = &stage{base: strings.ToLower(expandArg(parts[0], args)), line: in.line}
			if len(parts) == 3 && strings.EqualFold(parts[1], "as") {
				at.name = strings.ToLower(parts[2])
			}
			d.stages = append(d.stages, at)
			continue
		}
		if at == nil {
			d.whole = false
			continue
		}
		d.whole = at.take(in, flags, parts) && d.whole
	}
	return d
}

// take notes an instruction of a stage, and reports whether it is one.
func (s *stage) take(in instruction, flags map[string]string, args []string) bool {
	switch in.name {
	case "COPY", "ADD":
		if len(args) < 2 || strings.Contains(in.rest, "<<") {
			return strings.Contains(in.rest, "<<")
		}
		s.copies = append(s.copies, transfer{strings.ToLower(flags["from"]), args[:len(args)-1], in.line})
	case "EXPOSE":
		for _, arg := range args {
			s.exposes = append(s.exposes, port{arg, in.line})
		}
	case "RUN":
		if lean.MatchString(in.rest) && s.lean == 0 {
			s.lean = in.line
		}
		s.network = s.network || strings.Contains(flags["mount"], "type=bind")
	case "CMD", "ENTRYPOINT", "ENV", "LABEL", "WORKDIR", "USER", "VOLUME", "STOPSIGNAL", "HEALTHCHECK", "SHELL", "MAINTAINER", "ONBUILD":
	default:
		return false
	}
	return true
}

var argUse = regexp.MustCompile(`\$\{?([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}?`)

// expandArg puts the defaults of ARG into the name of an image.
func expandArg(text string, args map[string]string) string {
	return argUse.ReplaceAllStringFunc(text, func(use string) string {
		m := argUse.FindStringSubmatch(use)
		if value, ok := args[m[1]]; ok && len(value) < 200 {
			return value
		}
		return m[2]
	})
}

// final returns the stage that is built, and those that it is made of: by FROM, or by COPY --from.
func (d *dockerfile) final(target string) (last *stage, closure map[*stage]bool) {
	closure = map[*stage]bool{}
	if len(d.stages) == 0 {
		return nil, closure
	}
	last = d.stages[len(d.stages)-1]
	if s := d.stage(strings.ToLower(target)); target != "" && s != nil {
		last = s
	}
	for todo := []*stage{last}; len(todo) > 0; {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if s == nil || closure[s] {
			continue
		}
		closure[s] = true
		todo = append(todo, d.stage(s.base))
		for _, c := range s.copies {
			todo = append(todo, d.stage(c.from))
		}
	}
	return last, closure
}

// stage returns the stage of a name or a number; the last one of a name counts.
func (d *dockerfile) stage(name string) *stage {
	if name == "" {
		return nil
	}
	for i, s := range slices.Backward(d.stages) {
		if s.name == name || name == itoa(i) {
			return s
		}
	}
	return nil
}

// image returns the image below the last stage.
func (d *dockerfile) image() string {
	last, _ := d.final("")
	for range d.stages {
		next := d.stage(last.base)
		if next == nil || next == last {
			break
		}
		last = next
	}
	if last == nil {
		return ""
	}
	return last.base
}

func (f *finder) readDockerfiles() {
	for _, file := range f.of(dockerKind) {
		if data, ok := f.read(file, maxConfig, false); ok {
			f.docker = append(f.docker, parseDockerfile(file, data))
		} else {
			f.doubt(project.Parent(file))
		}
	}
}

func (f *finder) dockerfileAt(file string) *dockerfile {
	i := slices.IndexFunc(f.docker, func(d *dockerfile) bool { return d.file == file })
	if i < 0 {
		return nil
	}
	return f.docker[i]
}

// copied returns the units below context that the final stage is made of, where the Dockerfile names their folders.
func (f *finder) copied(d *dockerfile, context string) []string {
	_, closure := d.final("")
	var dirs []string
	for _, s := range d.stages {
		if !closure[s] {
			continue
		}
		if s.network {
			return nil
		}
		for _, c := range s.copies {
			if c.from != "" {
				continue
			}
			for _, source := range c.sources {
				dir, ok := inside(context, strings.TrimLeft(source, "/"))
				if !ok || strings.ContainsAny(source, "*?[") || dir == context {
					if onlyManifests(c.sources) {
						continue
					}
					return nil
				}
				if f.work -= 100; f.work < 0 {
					return nil
				}
				for _, u := range f.below(dir) {
					dirs = append(dirs, u.dir)
				}
			}
		}
	}
	return outermost(dirs).dirs
}

// onlyManifests reports whether a COPY takes manifests only, as is done before an install.
func onlyManifests(sources []string) bool {
	for _, s := range sources {
		base := path.Base(s)
		if !strings.HasPrefix(base, "package") && !manifests[base] && base != "go.sum" && base != ".npmrc" && !strings.HasPrefix(base, "tsconfig") {
			return false
		}
	}
	return true
}
