package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// silent fails if a process runs a program of dir.
func silent(t *testing.T, dir string) {
	t.Helper()
	if left := processesOf(dir); len(left) > 0 {
		t.Errorf("processes of the run are left: %v", left)
	}
}

func TestTimeLimitEndsTheTree(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		dir := place(t)
		start := time.Now()
		res := s.attack(t, dir, Command{Timeout: 700 * time.Millisecond}, "daemon-and-wait", filepath.Join(dir, "beat"))
		if res.Ended != "time limit of 700ms" || res.Code != -1 {
			t.Errorf("%+v", res)
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("took %s", d)
		}
		silent(t, dir)
	})
}

func TestCancelledContextEndsTheTree(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		dir := place(t)
		beat := filepath.Join(dir, "beat")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			waitFor(t, func() bool { return s.livingIn(beat) })
			cancel()
		}()
		res, err := s.Run(ctx, dir, Command{Args: []string{"./" + attackName, "daemon-and-wait", beat}})
		if !errors.Is(err, context.Canceled) || res.Ended != "cancelled" {
			t.Errorf("%+v, %v", res, err)
		}
		silent(t, dir)
	})
}

// waitFor waits for what a process does.
func waitFor(t *testing.T, what func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !what() {
		if time.Now().After(deadline) {
			t.Error("waited in vain")
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func TestMemoryHogIsEnded(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		dir := place(t)
		outside(t, dir, "hog", fmt.Sprint(400<<20))
		for _, what := range []string{"hog", "shared-hog", "forked-hog"} {
			res := s.attack(t, dir, Command{Memory: 128 << 20}, what, fmt.Sprint(4<<30))
			if res.Ended != "out of memory: limit of 128 MiB" || res.Code != -1 {
				t.Errorf("%s: %+v", what, res)
			}
		}
	})
}

func TestOutputFloodIsCut(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		dir := place(t)
		res := s.attack(t, dir, Command{Output: 4096}, "flood")
		if res.Code != 0 || !res.Truncated || len(res.Output) > 5000 ||
			!strings.HasPrefix(res.Output, "first\n") || !strings.HasSuffix(res.Output, "last\n") {
			t.Errorf("status %d, truncated %v, %d bytes", res.Code, res.Truncated, len(res.Output))
		}
	})
}

func TestFileSizeIsBounded(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		dir := place(t)
		outside(t, dir, "grow", "file")
		held(t, "grow", s.attack(t, dir, Command{FileSize: 1 << 20}, "grow", "file"))
		if info, err := os.Stat(filepath.Join(dir, "file")); err != nil || info.Size() > 1<<20 {
			t.Errorf("%v, %v", info, err)
		}
	})
}

func TestFilesAreCounted(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		dir := place(t)
		if res := s.attack(t, dir, Command{Disk: 64 << 20}, "fill", "in", "20"); res.Code != 0 {
			t.Errorf("within the limit: %+v", res)
		}
		if res := s.attack(t, dir, Command{Disk: 8 << 20}, "litter", ".", "4000"); res.Ended != "disk limit of 1024 files" || res.Code != -1 {
			t.Errorf("%+v", res)
		}
	})
}
