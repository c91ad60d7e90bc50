package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fettle-dev/fettle/pkg/pack"
)

// The work on a database goes on in one folder beside it, under one lock: two updates that write the same downloads would
// spoil both, and what a killed one left is cleared away by the next.
const (
	dbLockName = ".db.lock"
	dbWorkName = ".db.work"
)

// inDBWork calls do with an empty folder on the file system of dir, which nobody else works in.
func inDBWork(ctx context.Context, env *environment, dir string, do func(work string) error) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make a place for the database: %w", err)
	}
	unlock, err := lockDB(ctx, env, dir)
	if err != nil {
		return err
	}
	defer unlock()
	work := filepath.Join(dir, dbWorkName)
	if err := os.RemoveAll(work); err != nil {
		return fmt.Errorf("clear away what an earlier run left: %w", err)
	}
	if err := os.Mkdir(work, 0o700); err != nil {
		return fmt.Errorf("make a place for the database: %w", err)
	}
	defer os.RemoveAll(work)
	return do(work)
}

// inDBWorks is inDBWork for the folder out, with the folder other kept from everybody else too.
func inDBWorks(ctx context.Context, env *environment, other, out string, do func(work string) error) error {
	switch {
	case other == out:
		return inDBWork(ctx, env, out, do)
	case other < out: // always in the same order, so that two never wait for each other
		return inDBWork(ctx, env, other, func(string) error { return inDBWork(ctx, env, out, do) })
	}
	return inDBWork(ctx, env, out, func(work string) error {
		return inDBWork(ctx, env, other, func(string) error { return do(work) })
	})
}

// lockDB waits until no other fettle works on the databases in dir. The kernel lets the lock go with the process.
func lockDB(ctx context.Context, env *environment, dir string) (unlock func(), err error) {
	name := filepath.Join(dir, dbLockName)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for said := false; ; {
		lock, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("lock the database: %w", err)
		}
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil && stands(lock, name) {
			_ = lock.Truncate(0)
			fmt.Fprintf(lock, "%d\n", os.Getpid()) // for the message of those who wait
			return func() {
				os.Remove(name) // while it is held, so that nobody removes another's
				lock.Close()
			}, nil
		}
		if err != nil && !errors.Is(err, syscall.EWOULDBLOCK) {
			lock.Close()
			return nil, fmt.Errorf("lock %s: %w", name, err)
		}
		if err != nil && !said {
			said = true
			fmt.Fprintf(env.stderr, "another fettle%s works on the database in %s; waiting until it is done\n", holder(name), dir)
		}
		lock.Close()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-again.C:
		}
	}
}

// stands reports whether the lock that is held is the file at name, and not one that its last holder has removed.
func stands(lock *os.File, name string) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(name)
	return err == nil && os.SameFile(held, there)
}

func holder(name string) string {
	text, err := os.ReadFile(name)
	if pid := strings.TrimSpace(string(text)); err == nil && pid != "" && len(pid) < 12 {
		return " (process " + pid + ")"
	}
	return ""
}

// placeDB checks the database at made in full and moves it to out in one step. Runs that have the old one open keep it.
func placeDB(made, out string) error {
	if err := checkDB(made); err != nil {
		return fmt.Errorf("check the new database: %w", err)
	}
	if info, err := os.Stat(out); err == nil && !info.Mode().IsRegular() {
		return usagef("%s is no regular file, so no database takes its place; name another with --out", out)
	}
	if err := os.Rename(made, out); err != nil {
		return fmt.Errorf("put the database in its place: %w", err)
	}
	dir, err := os.Open(filepath.Dir(out))
	if err != nil {
		return err
	}
	defer dir.Close()
	_ = dir.Sync() // some file systems refuse; the file itself is safe by then
	return nil
}

// checkDB reads the whole database at path: every checksum, and whether it can be used.
func checkDB(path string) error {
	file, err := pack.Open(path)
	if err != nil {
		return err
	}
	err = file.Verify()
	if err == nil {
		_, err = readDBMeta(file)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	db, err := openDatabase(path)
	if err != nil {
		return err
	}
	return db.Close()
}
