package golang

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// tidied is the unchanged module after go mod tidy.
type tidied struct {
	outcome
	ok   bool
	args []string // of the command that works on it
	why  string   // where none does
}

// tidy runs go mod tidy on the unchanged module, once: what it changes there is no part of a fix.
func (g *Go) tidy(ctx context.Context, s *stage, m unit) (*tidied, error) {
	key := fmt.Sprint(s.key(fettle.Project{Lockfile: m.mod}, nil), m.siblings)
	if t := g.tidied[key]; t != nil {
		return t, nil
	}
	if !s.coded[m.dir] { // tidying would take all requirements away
		return &tidied{why: "it has no source files here"}, nil
	}
	t := &tidied{}
	for _, args := range [][]string{{"mod", "tidy"}, {"mod", "tidy", "-e"}} {
		if err := s.begin(m); err != nil {
			return nil, err
		}
		_, err := g.run(ctx, s.dir, call{dir: s.at(m.dir), args: args})
		if errors.Is(err, manager.ErrNoTool) {
			return nil, err
		}
		var said *fault
		if errors.As(err, &said) {
			t.why = said.text
			if errors.Is(err, manager.ErrUnreached) {
				return nil, err
			}
			if errors.Is(err, manager.ErrRegistry) {
				break // what is not served looks to -e like what is not needed
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		if t.outcome, err = s.outcome(m); err != nil {
			return nil, err
		}
		t.ok, t.args = true, args
		break
	}
	if g.tidied == nil {
		g.tidied = map[string]*tidied{}
	}
	g.tidied[key] = t
	return t, nil
}

// oldest is what a module without a go line means (https://go.dev/ref/mod#go-mod-file-go).
const oldest = "1.16"

// begin puts a module back as it was, with a go line where it has none: the go command would write its own.
func (s *stage) begin(m unit) error {
	if err := s.reset(m.mod, m.sum); err != nil {
		return err
	}
	f, err := modfile.Parse(m.mod, []byte(unmarked(s.files[m.mod])), lenient)
	if err != nil {
		return fmt.Errorf("%w: %w", err, fettle.ErrRefused)
	}
	var more strings.Builder
	if f.Go == nil {
		more.WriteString("\ngo " + oldest + "\n")
	}
	if m.siblings {
		s.standIns(m, f, &more)
	}
	if more.Len() == 0 {
		return nil
	}
	return s.write(map[string]string{m.mod: strings.TrimRight(unmarked(s.files[m.mod]), "\r\n") + "\n" + more.String()})
}

// standIns puts the folders of other modules of the workspace in their place.
func (s *stage) standIns(m unit, f *modfile.File, to *strings.Builder) {
	for _, dir := range s.members {
		name := modfile.ModulePath([]byte(unmarked(s.files[path.Join(dir, "go.mod")])))
		has := slices.ContainsFunc(f.Replace, func(r *modfile.Replace) bool { return r.Old.Path == name })
		if dir != m.dir && name != "" && !has {
			fmt.Fprintf(to, "\nreplace %s => %s\n", modfile.AutoQuote(name), modfile.AutoQuote(folder(relative(m.dir, dir))))
		}
	}
}

// folder is a relative path that the go command takes for one.
func folder(rel string) string {
	if strings.HasPrefix(rel, "../") || rel == ".." {
		return rel
	}
	return "./" + rel
}
