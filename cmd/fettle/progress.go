package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// progress tells on stderr what a long run is doing: one line that is rewritten on a terminal, plain lines elsewhere.
type progress struct {
	env   *environment
	quiet bool
	mu    sync.Mutex
	shown int // columns of the line on the terminal
	start time.Time
}

func newProgress(env *environment, quiet bool) *progress {
	return &progress{env: env, quiet: quiet, start: env.now()}
}

// step says what is done now. The text may hold names from outside.
func (p *progress) step(format string, args ...any) {
	if p.quiet {
		return
	}
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, fmt.Sprintf(format, args...))
	p.mu.Lock()
	defer p.mu.Unlock()
	line := fmt.Sprintf("%4ds  %s", int(p.env.now().Sub(p.start).Seconds()), text)
	if !p.env.terminal {
		fmt.Fprintln(p.env.stderr, line)
		return
	}
	if r := []rune(line); len(r) > p.env.width-1 {
		line = string(r[:p.env.width-2]) + "…"
	}
	blank := max(p.shown-len([]rune(line)), 0)
	fmt.Fprint(p.env.stderr, "\r"+line+strings.Repeat(" ", blank))
	p.shown = len([]rune(line))
}

// done clears the line.
func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.env.terminal && p.shown > 0 {
		fmt.Fprint(p.env.stderr, "\r"+strings.Repeat(" ", p.shown)+"\r")
		p.shown = 0
	}
}

// Deliver makes way for the deliveries that print.
func (p *progress) Deliver(context.Context, fettle.Report) error {
	p.done()
	return nil
}
