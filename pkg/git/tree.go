package git

import (
	"bufio"
	"bytes"
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
	var problem bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(ids.String()), &problem
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w := treeWriter{root: root, blobs: bufio.NewReaderSize(pipe, 1<<16), links: map[string]bool{}}
	for _, e := range entries {
		reason, err := w.write(e)
		if err != nil {
			_ = cmd.Cancel()
			_ = cmd.Wait()
			if text := strings.TrimSpace(problem.String()); text != "" {
				err = fmt.Errorf("%w: %s", err, text)
			}
			return nil, fmt.Errorf("write %q of commit %.12s: %w", e.path, commit, err)
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
		case path == "." || !filepath.IsLocal(path) || filepath.Clean(path) != path || strings.Contains(strings.ToLower("/"+path+"/"), "/.git/"):
			left = append(left, Left{path, "is not a path that a tree may hold"})
		default:
			entries = append(entries, entry{fields[0], fields[2], path})
		}
	}
	return entries, left, nil
}

// treeWriter writes blobs, in the order of the batch, as files.
type treeWriter struct {
	root  *os.Root
	blobs *bufio.Reader
	links map[string]bool // symbolic links written so far
}

// write takes one blob off the batch and writes it. A reason says why it was left out.
func (w *treeWriter) write(e entry) (reason string, err error) {
	header, err := w.blobs.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the object %s is not in the repository (a partial clone?): %w", e.id, err)
	}
	fields := strings.Fields(header)
	if len(fields) != 3 {
		return "", fmt.Errorf("the object %s is not in the repository (a partial clone?)", e.id)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return "", fmt.Errorf("git cat-file: unexpected line %q", header)
	}
	content := io.LimitReader(w.blobs, size)
	defer func() {
		_, _ = io.Copy(io.Discard, content)
		_, _ = w.blobs.Discard(1) // the newline after each blob
	}()
	for dir := filepath.Dir(e.path); dir != "."; dir = filepath.Dir(dir) {
		if w.links[dir] { // only a tree made by hand has both
			return "is below a link of the same tree", nil
		}
	}
	if err := w.root.MkdirAll(filepath.Dir(e.path), 0o755); err != nil {
		return "", err
	}
	if e.mode == "120000" {
		target, err := io.ReadAll(io.LimitReader(content, maxLink+1))
		if err != nil {
			return "", err
		}
		if !staysInside(e.path, string(target)) {
			return "is a link that leads out of the repository", nil
		}
		w.links[e.path] = true
		return "", w.root.Symlink(string(target), e.path)
	}
	mode := os.FileMode(0o644)
	if e.mode == "100755" {
		mode = 0o755
	}
	f, err := w.root.OpenFile(e.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return "", err
	}
	n, err := io.Copy(f, content)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		_ = f.Close()
		return "", err
	}
	return "", f.Close()
}

// maxLink is the longest target of a link, in bytes: as much as Linux takes.
const maxLink = 4095

// staysInside reports whether a link at path leads to a place in the tree, wherever other links of the tree lead. That
// holds only where .. stands at the beginning: behind a name that is a link itself, it would lead up from elsewhere.
func staysInside(path, target string) bool {
	if target == "" || len(target) > maxLink || strings.Contains(target, "\x00") || filepath.IsAbs(target) {
		return false
	}
	down := false
	for _, part := range strings.Split(target, "/") {
		switch part {
		case "", ".":
		case "..":
			if down {
				return false
			}
		default:
			down = true
		}
	}
	return filepath.IsLocal(filepath.Join(filepath.Dir(path), target))
}

// maxShown is the largest file that File returns, in bytes.
const maxShown = 64 << 20

// File returns one file of commit; an error that wraps os.ErrNotExist where the commit has none.
func (r *Repo) File(ctx context.Context, commit, path string) ([]byte, error) {
	if !filepath.IsLocal(path) {
		return nil, fmt.Errorf("%q of commit %.12s: %w", path, commit, os.ErrNotExist)
	}
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
	e := entries[0]
	if e.path != path || !strings.HasPrefix(e.mode, "100") {
		return nil, fmt.Errorf("%s of commit %.12s: not a file but a folder or a link", path, commit)
	}
	size, err := r.output(ctx, nil, "cat-file", "-s", e.id)
	if err != nil {
		return nil, err
	}
	if n, err := strconv.ParseInt(strings.TrimSpace(size), 10, 64); err != nil || n > maxShown {
		return nil, fmt.Errorf("%s of commit %.12s: larger than %d MiB", path, commit, maxShown>>20)
	}
	data, err := r.output(ctx, nil, "cat-file", "blob", e.id)
	return []byte(data), err
}
