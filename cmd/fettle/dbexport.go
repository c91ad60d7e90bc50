package main

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"hash"
	"io"
	"os"
)

// An export is the database as gzip, so that gunzip gives it back. The comment in gzip's header, which comes first, says
// what must come out: sha256:HEX size:BYTES.
const exportComment = "sha256:%s size:%d"

func runDBExport(ctx context.Context, env *environment, args []string) error {
	var named string
	_, to, err := dbFlags(env, "export", true, args, func(f *flag.FlagSet) {
		f.StringVar(&named, "db", "", "database `file` (default: the repository's, else "+env.databasePath()+")")
	})
	if err != nil {
		return err
	}
	at, err := locate(ctx, env, ".", env.getenv("CI") != "")
	if err != nil {
		return err
	}
	path, err := findDatabase(env, named, at.git)
	if err != nil {
		return err
	}
	if err := checkDB(path); err != nil {
		return fmt.Errorf("db export: %w", err)
	}
	if to == "-" {
		_, err := exportDB(ctx, env.stdout, path)
		return err
	}
	to = env.abs(to)
	file, err := newPending(to)
	if err != nil {
		return usagef("%w", err)
	}
	out := &outputs{files: []*pending{file}}
	defer out.discard()
	sum, err := exportDB(ctx, file.tmp, path)
	if err != nil {
		return err
	}
	if err := file.tmp.Sync(); err != nil {
		return fmt.Errorf("write %s: %w", to, err)
	}
	if err := out.commit(); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "%s  %s\n", sum, to) // the form of sha256sum
	return nil
}

// exportDB writes the database at path and returns the SHA-256 of what it wrote.
func exportDB(ctx context.Context, w io.Writer, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	content := sha256.New()
	size, err := io.Copy(content, &cancelled{ctx, file})
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	written := sha256.New()
	z, err := gzip.NewWriterLevel(io.MultiWriter(w, written), gzip.BestSpeed)
	if err != nil {
		return "", err
	}
	z.Name = databaseName
	z.Comment = fmt.Sprintf(exportComment, hex.EncodeToString(content.Sum(nil)), size)
	again := sha256.New()
	_, err = io.Copy(io.MultiWriter(z, again), &cancelled{ctx, file})
	if err == nil {
		err = z.Close()
	}
	if err == nil && !sameSum(content, again) {
		err = errors.New("it changed while it was read")
	}
	if err != nil {
		return "", fmt.Errorf("export %s: %w", path, err)
	}
	return hex.EncodeToString(written.Sum(nil)), nil
}

func sameSum(a, b hash.Hash) bool { return string(a.Sum(nil)) == string(b.Sum(nil)) }

// cancelled reads until the run is to end.
type cancelled struct {
	ctx context.Context
	in  io.Reader
}

func (c *cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.in.Read(p)
}
