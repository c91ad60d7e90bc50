package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/fettle-dev/fettle/pkg/deliver"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/git"
)

// options are the flags that scan, fix and ci share.
type options struct {
	path       string
	config     string
	database   string
	advisories string
	format     string
	output     string
	sarif      string
	json       string
	markdown   string
	failOn     string
	quiet      bool
	compact    bool
	full       int
	branch     string
	dryRun     bool
	fix        bool
	base       string
	offline    bool
	noIgnore   bool
	cyclonedx  string
	target     target
	only       string
	mode       string
	reach      string
	vex        []string
	openvex    string
	told       vexConfig // as the configuration has it
	vexBOM     string
	keep       *fettle.Report    // where a scan leaves its report; nil for none
	commits    map[string]string // by Fix.ID, filled in when the branch is made
}

// flags declares the flags of one command.
func (o *options) flags(env *environment, command string) *flag.FlagSet {
	f := flag.NewFlagSet(command, flag.ContinueOnError)
	f.StringVar(&o.config, "config", "", "configuration `file` (default fettle.yaml at the top of the repository, if there)")
	f.StringVar(&o.failOn, "fail-on", "", "`outcome` that fails the run: never, track, track*, attend or act (default: the policy's)")
	f.BoolVar(&o.offline, "offline", false, "ask no repository for the metadata of packages, such as parent POMs; what is not on this machine is a gap")
	f.BoolVar(&o.noIgnore, "no-ignore", false, "look also at what git ignores")
	f.StringVar(&o.only, "only", "", "show and judge only findings that bear this `mark`: a class of data such as pci, or a regime such as pci-dss")
	f.StringVar(&o.mode, "mode", "", "`table` that gives the outcome: balanced, ssvc-deployer or bod-26-04 (default: fettle.yaml's)")
	f.StringVar(&o.reach, "reach", reachCalls, "how far to ask whether vulnerable code is reached: calls (also load Go modules in a sandbox), source (read files, run nothing) or `none`")
	f.Func("vex", "believe this VEX document of a vendor, a `file` of OpenVEX, CycloneDX or CSAF; may be given several times", func(name string) error {
		o.vex = append(o.vex, name)
		return nil
	})
	f.BoolVar(&o.quiet, "quiet", false, "say nothing while working")
	database, sarif, json, cyclonedx := "db", "sarif", "json", "cyclonedx"
	if command == "ci" {
		database, sarif, json, cyclonedx = "database", "sarif-file", "json-file", "cyclonedx-file"
		f.StringVar(&o.path, "path", ".", "the `part` of the repository to look at")
		f.BoolVar(&o.fix, "fix", false, "draft fixes and try them in a sandbox")
		f.StringVar(&o.base, "base", "", "`commit` to compare with (default: what the CI server says)")
	} else if command != "explain" {
		if command == "scan" {
			o.target.flags(f)
			f.StringVar(&o.base, "base", "", "`commit` or branch to compare with: what is added, what was there before, what is gone")
		}
		f.StringVar(&o.format, "format", "text", "what to print: text, json, sarif or markdown")
		f.StringVar(&o.output, "output", "", "print to `file` instead of standard output")
		f.StringVar(&o.markdown, "markdown", "", "also write a Markdown summary to `file`")
		f.IntVar(&o.full, "full", 10, "`number` of groups of findings to show with their reasons")
		f.BoolVar(&o.compact, "compact", false, "one line per finding, fix and gap")
	}
	if command == "fix" {
		f.BoolVar(&o.dryRun, "dry-run", false, "draft fixes and show them; try none, commit none")
		f.StringVar(&o.branch, "branch", "", "`name` of the branch to make (default fettle/fix-COMMIT)")
	}
	f.StringVar(&o.database, database, "", "advisory database `file` (default: the repository's, else the user's)")
	f.StringVar(&o.advisories, "advisories", "", "build the database from this `folder` of OSV records and feeds first")
	if command == "explain" {
		f.Usage = func() {
			fmt.Fprintf(f.Output(), "usage: fettle explain [flags] FINDING [path]\n\n")
			f.PrintDefaults()
		}
		return f
	}
	f.StringVar(&o.sarif, sarif, "", "also write SARIF 2.1.0 to `file`")
	f.StringVar(&o.json, json, "", "also write the whole report as JSON to `file`")
	f.StringVar(&o.cyclonedx, cyclonedx, "", "also write the inventory as CycloneDX 1.6 to `file`")
	f.StringVar(&o.openvex, "openvex"+strings.TrimPrefix(json, "json"), "", "also write what is known of each finding as OpenVEX 0.2.0 to `file`")
	f.StringVar(&o.vexBOM, "cyclonedx-vex"+strings.TrimPrefix(json, "json"), "", "also write what is known of each finding as CycloneDX 1.6 to `file`")
	f.Usage = func() {
		where := " [path]"
		if command == "ci" {
			where = ""
		}
		fmt.Fprintf(f.Output(), "usage: fettle %s [flags]%s\n\n", command, where)
		f.PrintDefaults()
	}
	return f
}

// parse reads the arguments of scan and fix: flags, then at most one path.
func (o *options) parse(env *environment, command string, args []string) error {
	f := o.flags(env, command)
	if err := parse(env, f, args); err != nil {
		return err
	}
	switch rest := f.Args(); {
	case command == "ci" && len(rest) > 0:
		return usagef("ci takes flags only, not %q", rest[0])
	case len(rest) > 1:
		return usagef("%s takes one path, not %d; flags go before it", command, len(rest))
	case len(rest) == 1:
		o.path = rest[0]
	}
	switch o.format {
	case "", "text", "json", "sarif", "markdown":
		return nil
	}
	return usagef("unknown format %q; want text, json, sarif or markdown", o.format)
}

// place is where a run looks: a folder, and the git repository around it if there is one.
type place struct {
	top  string    // of the work tree, or the folder itself
	path string    // relative to top, slash-separated; "" is all of it
	git  *git.Repo // nil outside of git
}

// locate finds the place that name, relative to where the program was started, stands for.
func locate(ctx context.Context, env *environment, name string, anyOwner bool) (place, error) {
	dir := env.abs(name)
	info, err := os.Stat(dir)
	if err != nil {
		return place{}, usagef("%s: there is no such folder", name)
	}
	if !info.IsDir() {
		return place{}, usagef("%s: is a file; want a folder", name)
	}
	dir, err = filepath.EvalSymlinks(dir)
	if err != nil {
		return place{}, err
	}
	repo, err := git.Open(ctx, dir, git.Options{Environ: env.environ, AnyOwner: anyOwner})
	if errors.Is(err, git.ErrNotRepository) || errors.Is(err, git.ErrNoGit) {
		return place{top: dir}, nil
	}
	if err != nil {
		return place{}, err
	}
	rel, err := filepath.Rel(repo.Top, dir)
	if err != nil {
		return place{}, err
	}
	if rel == "." {
		rel = ""
	}
	return place{top: repo.Top, path: filepath.ToSlash(rel), git: repo}, nil
}

// outputs are the deliverers that the flags ask for, with what they write to.
type outputs struct {
	deliverers []fettle.Deliverer
	files      []*pending
}

// pending is a file that is written whole or not at all.
type pending struct {
	name string
	tmp  *os.File
	into *os.File // a device or pipe, which is written to and not replaced; nil for a file
}

func (o *options) outputs(env *environment) (*outputs, error) {
	out := &outputs{}
	writers := map[string]io.Writer{"": env.stdout}
	open := func(name string) (io.Writer, error) {
		if w, ok := writers[name]; ok {
			return w, nil
		}
		p, err := newPending(env.abs(name))
		if err != nil {
			return nil, usagef("%w", err)
		}
		out.files = append(out.files, p)
		writers[name] = p.tmp
		return p.tmp, nil
	}
	for i, want := range []struct{ format, file string }{{o.format, o.output}, {"sarif", o.sarif}, {"json", o.json}, {"markdown", o.markdown}, {"cyclonedx", o.cyclonedx}, {"openvex", o.openvex}, {"cyclonedx-vex", o.vexBOM}} {
		if want.format == "" || i > 0 && want.file == "" { // only the first one may go to the screen
			continue
		}
		w, err := open(want.file)
		if err != nil {
			out.discard()
			return nil, err
		}
		out.deliverers = append(out.deliverers, o.deliverer(env, want.format, w, want.file == ""))
	}
	return out, nil
}

func (o *options) deliverer(env *environment, format string, w io.Writer, screen bool) fettle.Deliverer {
	switch format {
	case "json":
		return deliver.JSON{Out: w}
	case "sarif":
		return deliver.SARIF{Out: w}
	case "markdown":
		return deliver.Markdown{Out: w}
	case "cyclonedx":
		return inventory{env: env, options: o, out: w}
	case "openvex", "cyclonedx-vex":
		return statements{env: env, options: o, out: w, openVEX: format == "openvex"}
	}
	return deliver.Text{Out: w, Width: env.width, Color: env.color && screen, Compact: o.compact, Full: o.full, Commits: o.commits}
}

// newPending makes a file beside the one that it will become.
func newPending(name string) (*pending, error) {
	p := &pending{name: name}
	dir := filepath.Dir(name)
	switch info, err := os.Stat(name); {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("cannot write %s: it is a folder", name)
	case err == nil && !info.Mode().IsRegular():
		if p.into, err = os.OpenFile(name, os.O_WRONLY, 0); err != nil {
			return nil, fmt.Errorf("cannot write %s: %w", name, err)
		}
		dir = ""
	case err == nil:
		if p.name, err = filepath.EvalSymlinks(name); err != nil { // a link stays, and what it leads to is replaced
			return nil, fmt.Errorf("cannot write %s: %w", name, err)
		}
		dir = filepath.Dir(p.name)
	}
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(name)+".*")
	if err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", name, err)
	}
	p.tmp = tmp
	return p, nil
}

// commit puts what was written in its place.
func (p *pending) commit() error {
	if p.into != nil {
		_, err := p.tmp.Seek(0, io.SeekStart)
		if err == nil {
			_, err = io.Copy(p.into, p.tmp)
		}
		return errors.Join(err, p.into.Close(), p.tmp.Close(), os.Remove(p.tmp.Name()))
	}
	err := errors.Join(p.tmp.Chmod(0o644), p.tmp.Close())
	if err == nil {
		err = os.Rename(p.tmp.Name(), p.name)
	}
	if err == nil {
		giveBack(p.name)
	}
	return err
}

// commit puts the files in their places.
func (o *outputs) commit() error {
	defer o.discard()
	for len(o.files) > 0 {
		p := o.files[0]
		if err := p.commit(); err != nil {
			return fmt.Errorf("write %s: %w", p.name, err)
		}
		o.files = o.files[1:]
	}
	return nil
}

// giveBack hands a file that root wrote to the owner of its folder: in a container action, the user of later steps. Where
// that is not allowed the file stays root's.
func giveBack(name string) {
	info, err := os.Stat(filepath.Dir(name))
	if err != nil || os.Geteuid() != 0 {
		return
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		_ = os.Lchown(name, int(stat.Uid), int(stat.Gid))
	}
}

// discard removes what was not put in its place.
func (o *outputs) discard() {
	for _, p := range o.files {
		if p.into != nil {
			p.into.Close()
		}
		p.tmp.Close()
		os.Remove(p.tmp.Name())
	}
	o.files = nil
}
