package forge

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"
)

// GitHub refuses what is over these; a summary that is too long is dropped as a whole.
const (
	maxSummary = 1 << 20
	maxOutput  = 1 << 20
)

const cutNote = "\n\n_Cut here: a step's summary holds at most 1 MiB. The report files hold everything._\n"

// Summary appends markdown to the step's summary. What does not fit is cut at the end of a line, and a note says so.
// Where the server has no summaries it does nothing.
func (l *Log) Summary(markdown string) error {
	path, err := l.commandFile("GITHUB_STEP_SUMMARY", "the step's summary")
	if path == "" {
		return err
	}
	used, err := size(path)
	if err != nil {
		return fmt.Errorf("write the step's summary: %w", err)
	}
	text := fit(strings.ToValidUTF8(markdown, string(utf8.RuneError)), maxSummary-int(min(used, maxSummary)))
	if text == "" {
		return fmt.Errorf("write the step's summary: it holds %d bytes already and may hold %d", used, maxSummary)
	}
	if err := appendTo(path, text); err != nil {
		return fmt.Errorf("write the step's summary: %w", err)
	}
	return nil
}

// Output sets an output of the step. Where the server has no outputs it does nothing.
func (l *Log) Output(name, value string) error {
	if !outputName(name) {
		return fmt.Errorf("set output %s: want a name of letters, digits, \"_\" and \"-\"", quote(name))
	}
	path, err := l.commandFile("GITHUB_OUTPUT", "output "+name)
	if path == "" {
		return err
	}
	if len(value) > maxOutput {
		return fmt.Errorf("set output %s: its %d bytes are more than the %d that a job may hand on", name, len(value), maxOutput)
	}
	line := name + "=" + value + "\n"
	if strings.ContainsAny(value, "\r\n") {
		// The end of a value of many lines is a word that the value cannot hold, because it did not exist when the value was made.
		word, err := l.secret()
		if err != nil {
			return fmt.Errorf("set output %s: %w", name, err)
		}
		line = name + "<<" + word + "\n" + value + "\n" + word + "\n"
	}
	if err := appendTo(path, line); err != nil {
		return fmt.Errorf("set output %s: %w", name, err)
	}
	return nil
}

// commandFile returns the path in variable, and "" without an error where there are no workflow commands.
func (l *Log) commandFile(variable, what string) (string, error) {
	if l.command == nil {
		return "", nil
	}
	path := l.getenv(variable)
	if path == "" {
		return "", fmt.Errorf("write %s: environment variable %s is not set", what, variable)
	}
	return path, nil
}

func outputName(name string) bool {
	return name != "" && len(name) <= 100 && !strings.ContainsFunc(name, func(r rune) bool {
		letter := (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z')
		return !letter && (r < '0' || r > '9') && r != '_' && r != '-'
	})
}

// fit returns markdown with a line end, cut to room bytes; "" where not even the note fits.
func fit(markdown string, room int) string {
	if !strings.HasSuffix(markdown, "\n") {
		markdown += "\n"
	}
	if len(markdown) <= room {
		return markdown
	}
	const closing = 1 << 10 // for what has to be closed
	room -= len(cutNote) + closing
	if room <= 0 {
		return ""
	}
	kept := cut(markdown, room)
	kept = kept[:strings.LastIndexByte(kept, '\n')+1]
	return kept + unclosed(kept) + cutNote
}

// unclosed returns what closes the fence and the details that markdown leaves open, so that the note is not part of them.
func unclosed(markdown string) string {
	var b strings.Builder
	fence := ""
	for line := range strings.Lines(markdown) {
		text := strings.TrimSpace(line)
		mark := text[:len(text)-len(strings.TrimLeft(text, "`"))]
		switch {
		case fence == "" && len(mark) >= 3:
			fence = mark
		case fence != "" && len(mark) >= len(fence) && mark == text:
			fence = ""
		}
	}
	if len(fence) <= 100 {
		b.WriteString(fence)
	}
	open := strings.Count(markdown, "<details") - strings.Count(markdown, "</details>")
	b.WriteString("\n" + strings.Repeat("</details>\n", max(0, min(open, 20))))
	return b.String()
}

func size(path string) (int64, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
