package forge

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sethvargo/go-githubactions"
)

// Log writes to the log of the run. On GitHub and Forgejo, annotations, groups and masks are workflow commands; everywhere else
// they are plain lines, or nothing where a line would say nothing. All text may come from outside: no text written
// through a Log becomes a command. A Log is for one step and one goroutine.
type Log struct {
	out     *written
	command *githubactions.Action // nil where there are no workflow commands
	getenv  func(string) string
	random  io.Reader

	printed map[Level]int // annotations so far
	held    map[Level]int // annotations beyond the limit
}

// NewLog returns the log of run, which is written to w. It reads GITHUB_OUTPUT and GITHUB_STEP_SUMMARY with getenv;
// random is the source of delimiters nobody can guess, and nil is crypto/rand.
func NewLog(run Run, w io.Writer, getenv func(string) string, random io.Reader) *Log {
	if random == nil {
		random = rand.Reader
	}
	l := &Log{out: &written{w: w}, getenv: getenv, random: random, printed: map[Level]int{}, held: map[Level]int{}}
	if run.Provider == GitHub || run.Provider == Forgejo {
		l.command = githubactions.New(githubactions.WithWriter(l.out), githubactions.WithGetenv(getenv))
	}
	return l
}

// Println writes text as plain lines.
func (l *Log) Println(text string) error {
	for line := range strings.SplitSeq(oneNewline(text), "\n") {
		io.WriteString(l.out, defuse(line)+"\n")
	}
	return l.out.err
}

// Group writes title as the head of a group that lasts until EndGroup. Groups do not nest.
func (l *Log) Group(title string) error {
	if l.command == nil {
		return l.Println(oneLine(title, maxAnnotationTitle))
	}
	l.command.Group(oneLine(title, maxAnnotationTitle))
	return l.out.err
}

// EndGroup ends the group.
func (l *Log) EndGroup() error {
	if l.command != nil {
		l.command.EndGroup()
	}
	return l.out.err
}

// Mask hides secret in what the log shows from here on. The server sees lines, so each line of a secret is a mask of its own.
// Where the server has no masks it does nothing.
func (l *Log) Mask(secret string) error {
	if l.command == nil {
		return nil
	}
	for line := range strings.SplitSeq(oneNewline(secret), "\n") {
		if strings.TrimSpace(line) != "" {
			l.command.AddMask(line)
		}
	}
	return l.out.err
}

// StopCommands calls write with a writer for the output of other programs. Whatever it writes is shown and not obeyed.
func (l *Log) StopCommands(write func(io.Writer) error) error {
	lines := &lineWriter{print: l.Println}
	if l.command == nil {
		return errors.Join(write(lines), lines.flush())
	}
	token, err := l.secret()
	if err != nil {
		return fmt.Errorf("make the word that resumes commands: %w", err)
	}
	l.command.IssueCommand(&githubactions.Command{Name: "stop-commands", Message: token})
	err = errors.Join(write(lines), lines.flush())
	l.command.IssueCommand(&githubactions.Command{Name: token})
	return errors.Join(err, l.out.err)
}

// secret returns a word that nobody can guess.
func (l *Log) secret() (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(l.random, b); err != nil {
		return "", err
	}
	return fmt.Sprintf("fettle-%x", b), nil
}

// written remembers the first error of w instead of returning it: go-githubactions panics on a write that fails.
type written struct {
	w   io.Writer
	err error
}

func (o *written) Write(p []byte) (int, error) {
	if o.err == nil {
		_, o.err = o.w.Write(p)
	}
	return len(p), nil
}
