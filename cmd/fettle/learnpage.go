package main

import (
	"fmt"
	"strings"
)

// page writes headings, tables and lines as text or as Markdown.
type page struct {
	strings.Builder
	markdown bool
}

func (p *page) heading(text string) {
	if p.markdown {
		fmt.Fprintf(p, "\n## %s\n\n", text)
		return
	}
	fmt.Fprintf(p, "\n%s\n", text)
}

func (p *page) line(format string, args ...any) {
	prefix := "  "
	if p.markdown {
		prefix = "- "
	}
	p.WriteString(prefix + fmt.Sprintf(format, args...) + "\n")
}

// table aligns all columns but the last, numbers on the right. Cells are of fettle's own making.
func (p *page) table(header []string, rows [][]string) {
	if p.markdown {
		fmt.Fprintf(p, "| %s |\n|%s\n", strings.Join(header, " | "), strings.Repeat(" --- |", len(header)))
		for _, row := range rows {
			fmt.Fprintf(p, "| %s |\n", strings.Join(row, " | "))
		}
		return
	}
	width := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			width[i] = max(width[i], len(cell))
		}
	}
	for _, row := range append([][]string{header}, rows...) {
		line := fmt.Sprintf("  %-*s", width[0], row[0])
		for i, cell := range row[1:] {
			line += fmt.Sprintf("  %*s", width[i+1], cell)
		}
		p.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}
