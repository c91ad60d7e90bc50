package forge

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sethvargo/go-githubactions"
)

// Level is how loud an annotation is.
type Level string

const (
	Error   Level = "error"
	Warning Level = "warning"
	Notice  Level = "notice"
)

// GitHub shows ten annotations of a level and step, and drops the rest without a word.
const (
	maxAnnotations     = 10
	maxAnnotationTitle = 255     // runes
	maxAnnotationText  = 8 << 10 // bytes; the server keeps up to 64 KiB
)

// Annotation is a message at a place of the repository.
type Annotation struct {
	Level   Level
	Path    string // relative to the root of the repository; empty is no place
	Line    int    // from 1; 0 is the whole file
	EndLine int    // 0 is Line
	Title   string
	Message string
}

// Annotate shows a. Call it in falling urgency: of each level, the first ten are shown, and Close counts the others in one notice.
func (l *Log) Annotate(a Annotation) error {
	most := maxAnnotations
	switch a.Level {
	case Error, Warning:
	case Notice:
		most-- // the last one is the notice of Close
	default:
		return fmt.Errorf("annotate %s: unknown level %q; want error, warning or notice", quote(a.Path), a.Level)
	}
	if l.command == nil {
		return l.Println(a.plain())
	}
	if l.printed[a.Level] >= most {
		l.held[a.Level]++
		return nil
	}
	l.printed[a.Level]++
	l.command.IssueCommand(a.command())
	return l.out.err
}

// Close says how many annotations were not shown. It does not close the writer.
func (l *Log) Close() error {
	var parts []string
	for _, level := range []Level{Error, Warning, Notice} {
		if n := l.held[level]; n == 1 {
			parts = append(parts, fmt.Sprintf("1 %s", level))
		} else if n > 1 {
			parts = append(parts, fmt.Sprintf("%d %ss", n, level))
		}
	}
	if len(parts) == 0 {
		return l.out.err
	}
	clear(l.held)
	l.command.IssueCommand(Annotation{
		Level:   Notice,
		Title:   "More findings",
		Message: "Not shown as annotations: " + strings.Join(parts, ", ") + ". The step summary and the SARIF file hold all of them.",
	}.command())
	return l.out.err
}

func (a Annotation) command() *githubactions.Command {
	fields := githubactions.CommandProperties{}
	if a.Path != "" {
		fields["file"] = oneLine(a.Path, maxRef)
		if a.Line > 0 {
			fields["line"] = strconv.Itoa(a.Line)
			fields["endLine"] = strconv.Itoa(max(a.Line, a.EndLine))
		}
	}
	if title := oneLine(a.Title, maxAnnotationTitle); title != "" {
		fields["title"] = title
	}
	return &githubactions.Command{Name: string(a.Level), Message: a.text(), Properties: fields}
}

// text returns the message in a form that the log can show. A line inside it cannot begin a command, since line ends are escaped,
// but "##[" would be obeyed even there.
func (a Annotation) text() string {
	lines := strings.Split(oneNewline(cut(a.Message, maxAnnotationText)), "\n")
	for i, line := range lines {
		lines[i] = defuse(line)
	}
	return strings.Join(lines, "\n")
}

// plain returns the annotation as compilers write theirs, with the lines after the first set in.
func (a Annotation) plain() string {
	var b strings.Builder
	if a.Path != "" {
		b.WriteString(oneLine(a.Path, maxRef) + ":")
		if a.Line > 0 {
			b.WriteString(strconv.Itoa(a.Line) + ":")
		}
		b.WriteByte(' ')
	}
	b.WriteString(string(a.Level) + ": ")
	if title := oneLine(a.Title, maxAnnotationTitle); title != "" {
		b.WriteString(title + ": ")
	}
	b.WriteString(strings.ReplaceAll(a.text(), "\n", "\n    "))
	return b.String()
}
