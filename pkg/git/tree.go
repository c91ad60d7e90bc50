package git

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// entry is one file of a tree.
type entry struct {
	mode, id, path string
}

// Left is a part of a tree that Export did not write.
type Left struct {
	Path, Reason string
}

// Export writes the files of commit into the empty folder dir, as they are stored: no filters, no attributes, no hooks.
// Submodules and links that lead out of the tree are left out and returned. keep says which paths to write; nil keeps all.
func (r *Repo) Export(ctx context.Context, commit, dir string, keep func(path string) bool) ([]Left, error) {
	out, err := r.output(ctx, nil, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
	if err != nil {
		return nil, err
	}
	entries, left, err := parseTree(out)
	if err != nil {
		return nil, err
	}
	if keep != nil {
		entries = slices.DeleteFunc(entries, func(e entry) bool { return !keep(e.path) })
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	cmd := r.command(ctx, "cat-file", "--batch")
	var ids strings.Builder
	for _, e := range entries {
		ids.WriteString(e.id + "\n")
	}
	cmd.Stdin = strings.NewReader(ids.String())
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	blobs := bufio.NewReaderSize(pipe, 1<<16)
	for _, e := range entries {
		reason, err := writeEntry(root, e, blobs)
		if err != nil {
			_ = cmd.Cancel()
			_ = cmd.Wait()
			return nil, fmt.Errorf("write %s of commit %.12s: %w", e.path, commit, err)
		}
		if reason != "" {
			left = append(left, Left{e.path, reason})
		}
	}
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	return left, nil
}

// parseTree reads the output of ls-tree -r -z.
func parseTree(out string) ([]entry, []Left, error) {
	var entries []entry
	var left []Left
	for _, line := range strings.Split(out, "\x00") {
		if line == "" {
			continue
		}
		meta, path, ok := strings.Cut(line, "\t")
		fields := strings.Fields(meta)
		if !ok || len(fields) != 3 {
			return nil, nil, fmt.Errorf("git ls-tree: unexpected line %q", line)
		}
		switch {
		case fields[1] == "commit":
			left = append(left, Left{path, "is a submodule, whose files are not part of the commit"})
		case !filepath.IsLocal(path) || strings.Contains(strings.ToLower("/"+path+"/"), "/.git/"):
			left = append(left, Left{path, "is not a path that a tree may hold"})
		default:
			entries = append(entries, entry{fields[0], fields[2], path})
		}
	}
	return entries, left, nil
}

// writeEntry takes one blob off the batch and writes it. A reason says why it was left out.
func writeEntry(root *os.Root, e entry, blobs *bufio.Reader) (reason string, err error) {
	header, err := blobs.ReadString('\n')
	if err != nil {
		return "", err
	}
	fields := strings.Fields(header)
	if len(fields) != 3 {
		return "", fmt.Errorf("the object %s is not in the repository (a partial clone?)", e.id)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return "", fmt.Errorf("git cat-file: unexpected line %q", header)
	}
	content := io.LimitReader(blobs, size)
	defer func() {
		_, _ = io.Copy(io.Discard, content)
		_, _ = blobs.Discard(1) // the newline after each blob
	}()
	if err := root.MkdirAll(filepath.Dir(e.path), 0o755); err != nil {
		return "", err
	}
	if e.mode == "120000" {
		target, err := io.ReadAll(io.LimitReader(content, 1<<16))
		if err != nil {
			return "", err
		}
		if !filepath.IsLocal(filepath.Join(filepath.Dir(e.path), string(target))) || filepath.IsAbs(string(target)) {
			return "is a link that leads out of the repository", nil
		}
		return "", root.Symlink(string(target), e.path)
	}
	mode := os.FileMode(0o644)
	if e.mode == "100755" {
		mode = 0o755
	}
	f, err := root.OpenFile(e.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(f, content); err != nil {
		_ = f.Close()
		return "", err
	}
	return "", f.Close()
}

// File returns one file of commit; an error that wraps os.ErrNotExist where the commit has none.
func (r *Repo) File(ctx context.Context, commit, path string) ([]byte, error) {
	out, err := r.output(ctx, nil, "ls-tree", "-z", "--full-tree", "--end-of-options", commit, path)
	if err != nil {
		return nil, err
	}
	entries, _, err := parseTree(out)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%s of commit %.12s: %w", path, commit, os.ErrNotExist)
	}
	data, err := r.output(ctx, nil, "cat-file", "blob", entries[0].id)
	return []byte(data), err
}
