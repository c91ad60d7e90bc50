package git

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// marker returns a script that leaves a file when it is run, and the name of that file.
func marker(t *testing.T) (script, mark string) {
	t.Helper()
	dir := t.TempDir()
	script, mark = filepath.Join(dir, "evil.sh"), filepath.Join(dir, "ran")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ntouch '"+mark+"'\nexit 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return script, mark
}

// touch makes git doubt that a file is as the index says, so that it reads the file again.
func touch(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name+".new", data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
}

// everything calls all that the package offers.
func everything(t *testing.T, ctx context.Context, dir string) {
	t.Helper()
	r := open(t, dir)
	head, err := r.Commit(ctx, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	r.Branch(ctx)
	r.Shallow(ctx)
	if _, err := r.Changed(ctx); err != nil {
		t.Error(err)
	}
	if _, err := r.MergeBase(ctx, head, head); err != nil {
		t.Error(err)
	}
	_, exportErr := r.Export(ctx, head, t.TempDir(), nil)
	_, fileErr := r.File(ctx, head, "a.txt")
	t.Log(exportErr, fileErr)
	commit, err := r.Write(ctx, filepath.Join(t.TempDir(), "index"), head, []Change{{"a.txt", []byte("2\n")}}, "fix")
	if err != nil {
		t.Log(err) // a program that would sign is gone
	} else if err := r.SetBranch(ctx, "fettle/fix", commit, ""); err != nil {
		t.Error(err)
	}
	if _, err := r.Branches(ctx, "fettle"); err != nil {
		t.Error(err)
	}
	if _, err := r.SameTree(ctx, head, head); err != nil {
		t.Error(err)
	}
}

// Each case plants a program where git would start it, shows that plain git does, and that this package does not.
func TestNoProgramOfTheRepositoryRuns(t *testing.T) {
	config := func(pairs ...string) func(t *testing.T, dir, script string) {
		return func(t *testing.T, dir, script string) {
			for i := 0; i < len(pairs); i += 2 {
				plain(t, dir, "config", pairs[i], strings.ReplaceAll(pairs[i+1], "SCRIPT", script))
			}
		}
	}
	attributes := func(line string, plant func(t *testing.T, dir, script string)) func(t *testing.T, dir, script string) {
		return func(t *testing.T, dir, script string) {
			write(t, dir, file{path: ".gitattributes", text: line + "\n"})
			plain(t, dir, "add", "-A")
			plain(t, dir, "commit", "-q", "-m", "attributes")
			plant(t, dir, script)
			touch(t, filepath.Join(dir, "a.txt"))
		}
	}
	for _, tt := range []struct {
		name  string
		plant func(t *testing.T, dir, script string)
		runs  []string // the command of plain git that runs it
	}{
		{"core.fsmonitor", config("core.fsmonitor", "SCRIPT"), []string{"status"}},
		{"core.hooksPath", func(t *testing.T, dir, script string) {
			hooks := t.TempDir()
			if err := os.Symlink(script, filepath.Join(hooks, "reference-transaction")); err != nil {
				t.Fatal(err)
			}
			plain(t, dir, "config", "core.hooksPath", hooks)
		}, []string{"update-ref", "refs/heads/x", "HEAD"}},
		{"a hook in .git", func(t *testing.T, dir, script string) {
			if err := os.MkdirAll(filepath.Join(dir, ".git/hooks"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(script, filepath.Join(dir, ".git/hooks/reference-transaction")); err != nil {
				t.Fatal(err)
			}
		}, []string{"update-ref", "refs/heads/x", "HEAD"}},
		{"filter clean", attributes("* filter=evil", config("filter.evil.clean", "SCRIPT", "filter.evil.required", "true")), []string{"status"}},
		{"filter process", attributes("* filter=evil", config("filter.evil.process", "SCRIPT")), []string{"status"}},
		{"filter with = in its name", attributes("* filter=e=vil", config("filter.e=vil.clean", "SCRIPT")), []string{"status"}},
		{"filter in capitals", attributes("* filter=EVIL", config("FILTER.EVIL.CLEAN", "SCRIPT")), []string{"status"}},
		{"filter by include", attributes("* filter=evil", func(t *testing.T, dir, script string) {
			plain(t, dir, "config", "-f", filepath.Join(dir, "included"), "filter.evil.clean", script)
			plain(t, dir, "config", "include.path", "../included")
		}), []string{"status"}},
		{"filter smudge", attributes("* filter=evil", config("filter.evil.smudge", "SCRIPT")), []string{"archive", "-o", "/dev/null", "HEAD"}},
		{"diff.external", attributes("* -filter", func(t *testing.T, dir, script string) {
			plain(t, dir, "config", "diff.external", script)
			write(t, dir, file{path: "a.txt", text: "changed\n"})
		}), []string{"diff"}},
		{"diff driver", attributes("* diff=evil", func(t *testing.T, dir, script string) {
			plain(t, dir, "config", "diff.evil.command", script)
			write(t, dir, file{path: "a.txt", text: "changed\n"})
		}), []string{"diff"}},
		{"gpg.program", config("gpg.program", "SCRIPT", "commit.gpgSign", "true", "user.signingKey", "0xABCD"), []string{"commit", "--allow-empty", "-m", "x"}},
		{"gpg.ssh.program", config("gpg.format", "ssh", "gpg.ssh.program", "SCRIPT", "commit.gpgSign", "true", "user.signingKey", "key::x"), []string{"commit", "--allow-empty", "-m", "x"}},
		{"gpg.ssh.defaultKeyCommand", config("gpg.format", "ssh", "gpg.ssh.defaultKeyCommand", "SCRIPT", "commit.gpgSign", "true"), []string{"commit", "--allow-empty", "-m", "x"}},
		{"a promised object by core.sshCommand", promised(config("core.sshCommand", "SCRIPT", "remote.origin.url", "ssh://example.invalid/x")), []string{"cat-file", "-p", "HEAD:a.txt"}},
		{"a promised object by ext", promised(config("protocol.ext.allow", "always", "remote.origin.url", "ext::SCRIPT")), []string{"cat-file", "-p", "HEAD:a.txt"}},
		{"a promised object by uploadpack", promised(config("protocol.file.allow", "always", "remote.origin.uploadpack", "SCRIPT", "remote.origin.url", "/")), []string{"cat-file", "-p", "HEAD:a.txt"}},
		{"a submodule's own filter", submodule, []string{"status"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := newRepo(t, file{path: "a.txt", text: "1\n"})
			script, mark := marker(t)
			tt.plant(t, dir, script)
			everything(t, t.Context(), dir)
			if exists(mark) {
				t.Error("the program ran")
			}
			_ = os.Remove(mark)
			if out, _ := tryPlain(t, dir, tt.runs...); !exists(mark) {
				t.Errorf("plain git %v does not run the program either, so this shows nothing: %s", tt.runs, out)
			}
		})
	}
}

// promised removes the content of a.txt, which a remote has promised to deliver.
func promised(plant func(t *testing.T, dir, script string)) func(t *testing.T, dir, script string) {
	return func(t *testing.T, dir, script string) {
		id := plain(t, dir, "rev-parse", "HEAD:a.txt")
		plain(t, dir, "config", "core.repositoryFormatVersion", "1")
		plain(t, dir, "config", "extensions.partialClone", "origin")
		plain(t, dir, "config", "remote.origin.promisor", "true")
		plain(t, dir, "config", "remote.origin.url", "/nowhere")
		plant(t, dir, script)
		if err := os.Remove(filepath.Join(dir, ".git/objects", id[:2], id[2:])); err != nil {
			t.Fatal(err)
		}
	}
}

// submodule plants the program in the configuration of a submodule.
func submodule(t *testing.T, dir, script string) {
	sub := filepath.Join(dir, "sub")
	plain(t, dir, "init", "-q", "sub")
	write(t, sub, file{path: ".gitattributes", text: "* filter=evil\n"}, file{path: "s.txt", text: "1\n"})
	plain(t, sub, "add", "-A")
	plain(t, sub, "commit", "-q", "-m", "sub")
	write(t, dir, file{path: ".gitmodules", text: "[submodule \"sub\"]\n\tpath = sub\n\turl = ./sub\n"})
	plain(t, dir, "add", "-A")
	plain(t, dir, "commit", "-q", "-m", "submodule")
	plain(t, sub, "config", "filter.evil.clean", script)
	touch(t, filepath.Join(sub, "s.txt"))
}

func TestFiltersOfTheUserStayInForce(t *testing.T) {
	dir := newRepo(t, file{path: ".gitattributes", text: "* filter=mine\n"}, file{path: "a.txt", text: "1\n"})
	global := filepath.Join(t.TempDir(), "config")
	script, mark := marker(t)
	plain(t, dir, "config", "-f", global, "filter.mine.clean", script)
	touch(t, filepath.Join(dir, "a.txt"))
	if _, err := open(t, dir, "GIT_CONFIG_GLOBAL="+global).Changed(t.Context()); err != nil {
		t.Error(err)
	}
	if !exists(mark) {
		t.Error("the user's own filter did not run")
	}
}

func TestSigningKeepsTheProgramOfTheUser(t *testing.T) {
	dir := newRepo(t, file{path: "a.txt", text: "1\n"})
	global := filepath.Join(t.TempDir(), "config")
	mine, ran := marker(t)
	evil, mark := marker(t)
	plain(t, dir, "config", "-f", global, "gpg.program", mine)
	plain(t, dir, "config", "-f", global, "commit.gpgSign", "true")
	plain(t, dir, "config", "gpg.program", evil)
	r := open(t, dir, "GIT_CONFIG_GLOBAL="+global)
	_, _ = r.Write(t.Context(), filepath.Join(t.TempDir(), "index"), "HEAD", nil, "fix")
	if exists(mark) || !exists(ran) {
		t.Errorf("the repository's program ran: %t; the user's ran: %t", exists(mark), exists(ran))
	}
}
