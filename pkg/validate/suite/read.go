package suite

import "strings"

// Bounds on what is read of a test run's output and reports, which come from outside.
const (
	maxLog   = 64 << 20
	maxLine  = 4 << 10
	maxCases = 200_000
	maxName  = 300
	maxDepth = 64
)

// reader reads one family of formats, line by line.
type reader interface {
	kind() string
	line(line string, b *book)
	reset() // another program's output begins
	end(b *book)
	sum() *tally
}

// tally is what a reader knows of the output as a whole.
type tally struct {
	seen   bool // a plan or a summary was: what looks like cases is cases
	totals bool // passed is what summaries say
	passed int
}

func (t *tally) sum() *tally { return t }

func (t *tally) add(passed int) {
	t.seen, t.totals, t.passed = true, true, min(t.passed+max(passed, 0), maxCases)
}

// Read reads what a run of p's tests in the work copy at root left: its report files, and where these hold no case its
// output. A format counts only where its plan or summary is seen, so that a stray tick in ordinary output is no test.
// The path of root is cut from names.
func Read(p Plan, root, output string) Results {
	if len(p.Reports) == 0 {
		return readText(root, output)
	}
	r := readReports(p, root)
	if len(r.Cases) > 0 && !p.text {
		return r
	}
	text := readText(root, output)
	if text.Unread = r.Unread; p.text {
		for name, o := range r.Cases {
			text.Cases[name] = max(o, text.Cases[name])
		}
		text.Listed = text.Listed || r.Listed
	}
	return text
}

// readText reads the output of a test command: go test -json, TAP, and what node, mocha, jest, vitest, ava, vows, pytest,
// unittest, cargo, surefire, Gradle, dotnet, rspec, minitest, ctest and automake print for people.
func readText(root, output string) Results {
	if len(output) > maxLog {
		output = output[:maxLog]
	}
	var (
		golang  goReader
		readers = append([]reader{&tapReader{}, &specReader{}, &pytestReader{}, &unittestReader{}, &cargoReader{}, &mavenReader{}}, formReaders()...)
		book    = newBook(root)
	)
	for line := range strings.SplitSeq(output, "\n") {
		if golang.event(line) {
			continue
		}
		line = Plain(line)
		if section, ok := npmSection(line); ok {
			book.section(section)
			for _, r := range readers {
				r.reset()
			}
			continue
		}
		for _, r := range readers {
			r.line(line, book)
		}
	}
	for _, r := range readers {
		r.end(book)
	}
	golang.end(book)
	return book.results(append(readers, &golang))
}

// npmSection recognises the line that npm or pnpm prints before it runs a script, and returns the package's name.
func npmSection(line string) (string, bool) {
	rest, ok := strings.CutPrefix(line, "> ")
	if !ok {
		return "", false
	}
	fields := strings.Fields(rest)
	if len(fields) != 2 && (len(fields) != 3 || !strings.HasPrefix(fields[2], "/")) {
		return "", false
	}
	at := strings.LastIndex(fields[0], "@")
	if at <= 0 {
		return "", false
	}
	return fields[0][:at], true
}
