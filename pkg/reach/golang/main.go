package golang

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// helperName is the program that a copy of this one is run as in the sandbox; Main knows it by that.
const helperName = "fettle-reach-go"

// Files of the directory that the sandbox lets the helper write.
const (
	jobFile    = "job.json"
	answerFile = "answer.json"
	treeDir    = "tree"
	binDir     = "bin"
	buildDir   = "build" // of the go command
	dbDir      = "vulndb"
)

// Main must be called at the start of main, and of TestMain: where this process is the helper in the sandbox it does not
// return.
func Main() {
	if len(os.Args) != 2 || filepath.Base(os.Args[0]) != helperName {
		return
	}
	if err := help(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// help does the job in dir.
func help(ctx context.Context, dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, jobFile))
	if err != nil {
		return err
	}
	var j job
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	a := analyze(ctx, dir, j)
	data, err = json.Marshal(a)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, answerFile), data, 0o644)
}

// analyze answers j. What goes wrong is the answer's Error.
func analyze(ctx context.Context, dir string, j job) answer {
	b := &build{root: dir, tree: filepath.Join(dir, treeDir), job: j, declared: map[*listed]declarations{}, used: map[*listed]uses{}}
	a := answer{Outcomes: make([]result, len(j.Targets))}
	if err := b.load(ctx); err != nil {
		a.Error = err.Error()
		return a
	}
	a.GoVersion, a.Platform, a.Cgo, a.Packages = b.goVersion, b.platform, b.cgo, len(b.packages)
	b.importChains(a.Outcomes)
	found, err := b.scan(ctx, false)
	a.Broken = b.broken
	if err != nil {
		a.Error = err.Error()
		return a
	}
	for i, t := range j.Targets {
		a.Outcomes[i].Trace = found[t.ID]
	}
	b.outsideChains(a.Outcomes)
	b.doubts(&a)
	b.escapeScan(ctx, a.Outcomes)
	if j.Tests {
		b.testScan(ctx, a.Outcomes)
	}
	return a
}
