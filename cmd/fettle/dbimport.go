package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/pkg/pack"
)

// maxImport bounds what an import may unfold to, in bytes.
const maxImport = 64 << 30

func runDBImport(ctx context.Context, env *environment, args []string) error {
	var out, want string
	_, from, err := dbFlags(env, "import", true, args, func(f *flag.FlagSet) {
		f.StringVar(&out, "out", "", "database `file` to write (default "+env.databasePath()+")")
		f.StringVar(&want, "sha256", "", "`checksum` that the file must have, as fettle db export printed it")
	})
	if err != nil {
		return err
	}
	in, shown := io.Reader(os.Stdin), "standard input"
	if from != "-" {
		file, err := os.Open(env.abs(from))
		if err != nil {
			return usagef("db import: %w", err)
		}
		defer file.Close()
		in, shown = file, from
	}
	out = dbOut(env, out)
	return inDBWork(ctx, env, filepath.Dir(out), func(work string) error {
		made := filepath.Join(work, databaseName)
		err := unfoldDB(&cancelled{ctx, in}, made, strings.ToLower(strings.TrimSpace(want)))
		if err == nil {
			err = placeDB(made, out)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("db import: %s is refused: %w; %s", shown, err, standing(out))
		}
		meta, err := metaOf(out)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "%s: %d advisories from %d sources\n", out, meta.Records, meta.count(dbOSV))
		return nil
	})
}

// unfoldDB writes the database that in holds, an export or a database file itself, to made. It reads in to its end.
func unfoldDB(in io.Reader, made, want string) error {
	raw := sha256.New()
	buffered := bufio.NewReaderSize(io.TeeReader(in, raw), 1<<16)
	begin, _ := buffered.Peek(2)
	var err error
	if string(begin) == "\x1f\x8b" {
		err = unfoldExport(buffered, made)
	} else {
		_, _, err = writeImport(made, buffered, maxImport) // checkDB tells whether it is one
	}
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(raw.Sum(nil)); want != "" && got != want {
		return fmt.Errorf("its SHA-256 is %s, not %s", got, want)
	}
	return nil
}

func unfoldExport(in *bufio.Reader, made string) error {
	z, err := gzip.NewReader(in)
	if err != nil {
		return damagedExport(err)
	}
	z.Multistream(false)
	var (
		sum  string
		size int64
	)
	if n, err := fmt.Sscanf(z.Comment, exportComment, &sum, &size); n != 2 || err != nil || size < 0 || size > maxImport {
		return errors.New("it is no export of fettle: its header names no checksum and size")
	}
	got, n, err := writeImport(made, z, size)
	switch {
	case err != nil:
		return damagedExport(err)
	case n != size:
		return fmt.Errorf("it is cut short or damaged: %d bytes came out of it, not %d", n, size)
	case got != sum:
		return fmt.Errorf("it is damaged: what came out of it has the SHA-256 %s, not %s", got, sum)
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return errors.New("more follows after its end")
	}
	return nil
}

func damagedExport(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("it is cut short or damaged")
	}
	var disk *fs.PathError
	if errors.As(err, &disk) {
		return err
	}
	return fmt.Errorf("it is damaged: %w", err)
}

// writeImport writes in to the file at made and returns what it wrote. More than limit bytes are an error.
func writeImport(made string, in io.Reader, limit int64) (sum string, n int64, err error) {
	file, err := os.OpenFile(made, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return "", 0, err
	}
	content := sha256.New()
	n, err = io.Copy(io.MultiWriter(file, content), io.LimitReader(in, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("it unfolds to more than %d bytes", limit)
	}
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return "", n, err
	}
	return hex.EncodeToString(content.Sum(nil)), n, nil
}

func metaOf(path string) (dbMeta, error) {
	file, err := pack.Open(path)
	if err != nil {
		return dbMeta{}, err
	}
	defer file.Close()
	return readDBMeta(file)
}
