package validate

import (
	"regexp"
	"slices"
	"strings"
)

var (
	testVerbs   = []string{"it", "test", "specify", "fit", "xit", "xtest", "scenario", "Scenario"}
	testNames   = regexp.MustCompile(`^(?:test|Test|Fuzz|Example)(?:$|[^a-z]\w*|_\w*|s?\w*)$`)
	testMarkers = regexp.MustCompile(`^(?:Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Fact|Theory|TestMethod|TestCase|DataTestMethod|Property|test|rstest)$`)
	definers    = []string{"func", "def", "function", "fn", "fun"}
)

// caseAt returns the name of the test case that begins with tokens[i], "" where none does.
func caseAt(tokens []token, i int) string {
	at := func(k int) token {
		if k >= 0 && k < len(tokens) {
			return tokens[k]
		}
		return token{kind: sign}
	}
	t := at(i)
	if t.kind != word {
		return ""
	}
	if slices.Contains(testVerbs, t.text) && at(i-1).text != "." && !slices.Contains(definers, at(i-1).text) {
		k := i + 1
		for at(k).text == "." && at(k+1).kind == word { // it.each, test.concurrent
			k += 2
		}
		if at(k).text == "(" {
			k++
		}
		if at(k).kind == quoted {
			return at(k).text
		}
	}
	switch {
	case t.text == "Run" && at(i-1).text == "." && at(i+1).text == "(" && at(i+2).kind == quoted:
		return at(i + 2).text
	case slices.Contains(definers, at(i-1).text) && testNames.MatchString(t.text):
		return t.text
	case testMarkers.MatchString(t.text) && (at(i-1).text == "@" || at(i-1).text == "[" || at(i-1).text == "::" || at(i-1).text == "," && at(i+1).text == "]"):
		depth := 0
		for k := i + 1; k < min(i+200, len(tokens)); k++ { // the name of what the marker stands before
			switch at(k).text {
			case "(", "[":
				if depth == 0 && at(k).text == "(" && at(k-1).kind == word && at(k-2).kind == word {
					return at(k - 1).text
				}
				depth++
			case ")", "]":
				depth = max(depth-1, 0)
			case "{", ";":
				if depth == 0 {
					return ""
				}
			}
		}
	}
	return ""
}

var (
	assertWord = regexp.MustCompile(`^(?:assert\w*|expect\w*|Assert\w*|should\w*|must\w*|verify\w*|Verify\w*|refute\w*|raises|fail|failure|XCTAssert\w*|debug_assert\w*|assertThat)$`)
	goFailure  = []string{"Error", "Errorf", "Fatal", "Fatalf", "Fail", "FailNow"}
	tapMethods = []string{"equal", "equals", "is", "not", "ok", "notOk", "same", "notSame", "deepEqual", "throws", "rejects", "strictEqual", "true", "false", "like", "match", "Equal", "NoError"}
	tellWords  = regexp.MustCompile(`(?i)^(?:any\w*|not\w*|contain\w*|match\w*|approx\w*|closeTo|is\w*|has\w*|in|and|or|true|false|nil|null|none|undefined|instanceof|typeof|\w*(?:error|exception|throwable))$`)
)

// assertAt returns the shape of the assertion that begins with tokens[i], "" where none does. In a shape, names that the
// program chose are one and the same, so that renaming changes none; what is compared with stays.
func assertAt(tokens []token, i int) string {
	t := tokens[i]
	if t.kind != word {
		return ""
	}
	prev := token{kind: sign}
	if i > 0 {
		prev = tokens[i-1]
	}
	if i+1 >= len(tokens) || slices.Contains(definers, prev.text) {
		return ""
	}
	next := tokens[i+1].text
	owner := ""
	if prev.text == "." && i > 1 {
		owner = tokens[i-2].text
	}
	switch {
	case owner != "" && slices.Contains(goFailure, t.text) && next == "(" && len(owner) <= 3:
		return "if " + condition(tokens, i) + " " + t.text
	case (owner == "t" || owner == "assert" || owner == "require" || owner == "Assert" || owner == "expect") && slices.Contains(tapMethods, t.text) && next == "(" && !assertWord.MatchString(owner):
		return statement(tokens, i)
	case t.text == "require" && next != ".", prev.text == "import", prev.text == "use", prev.text == "::" && next == "::":
		return ""
	case t.text == "require" || assertWord.MatchString(t.text):
		if prev.text == "." && assertWord.MatchString(owner) && owner != "self" {
			return "" // within a chain that began before
		}
		if next == "." || next == "(" || next == "{" && strings.HasPrefix(t.text, "expect") || next == "!" || next == "::" || t.text == "assert" || strings.HasPrefix(t.text, "should") || tokens[i+1].kind == word || tokens[i+1].kind == quoted {
			return statement(tokens, i)
		}
	}
	return ""
}

// condition is the shape of the if around the failure at tokens[i].
func condition(tokens []token, i int) string {
	depth := 0
	for k := i; k >= max(i-400, 0); k-- {
		switch tokens[k].text {
		case "}":
			depth++
		case "{":
			if depth--; depth < -1 {
				return ""
			}
		case "if", "for", "case", "default", "func":
			if depth == -1 {
				return shape(tokens[k:i], true)
			}
		}
	}
	return ""
}

// statement is the shape of tokens[i:] up to the end of the statement.
func statement(tokens []token, i int) string {
	depth, end := 0, i
	for end < min(i+2000, len(tokens)) {
		t := tokens[end]
		if end > i && depth == 0 && t.line != tokens[end-1].line && t.text != "." && tokens[end-1].text != "." && t.text != "->" && t.text != "?." {
			break
		}
		switch t.text {
		case "(", "[", "{":
			if t.text == "{" && depth == 0 && tokens[end-1].text == ")" { // the block of an if
				return shape(tokens[i:end], tokens[i].text == "assert")
			}
			depth++
		case ")", "]", "}":
			depth--
		case ";":
			if depth == 0 {
				depth = -1
			}
		}
		if depth < 0 {
			break
		}
		end++
	}
	return shape(tokens[i:end], tokens[i].text == "assert" && i+1 < len(tokens) && tokens[i+1].text != "." && tokens[i+1].text != "(")
}

// shape writes tokens with names of the program as _, chains of them as one. Words outside of brackets stay unless bare:
// they say what is asserted.
func shape(tokens []token, bare bool) string {
	var parts []string
	depth := 0
	for i, t := range tokens {
		switch t.text {
		case ")", "]", "}":
			depth--
		}
		text := t.text
		keep := t.kind != word || tellWords.MatchString(text) || i == 0 || !bare && depth == 0
		if !keep {
			text = "_"
		}
		n := len(parts)
		switch {
		case text == "_" && n > 0 && (parts[n-1] == "_" || parts[n-1] == "."):
			if parts[n-1] == "." && n > 1 && parts[n-2] == "_" {
				parts = parts[:n-1]
			} else if parts[n-1] == "." {
				parts = append(parts, text)
			}
		case text == "." && depth > 0 && n > 0 && parts[n-1] == ")": // a further call on a result
			parts = append(parts, text)
		default:
			parts = append(parts, text)
		}
		switch t.text {
		case "(", "[", "{":
			depth++
		}
	}
	for n := len(parts); n > 0 && (parts[n-1] == "," || parts[n-1] == ";" || parts[n-1] == "{" || parts[n-1] == ":"); n = len(parts) {
		parts = parts[:n-1]
	}
	return strings.ReplaceAll(strings.Join(parts, " "), ", )", ")")
}

// rowMarkers give a test a row of data.
var rowMarkers = []string{"InlineData", "TestCase", "DataRow", "MemberData", "ValueSource", "CsvSource", "MethodSource", "EnumSource", "TestWith", "DataProvider", "case"}

// rowsOf counts the rows of tables: brackets that stand in other brackets as items, and hold a value.
func rowsOf(tokens []token) int {
	type open struct{ item, value, code bool }
	var stack []open
	rows := 0
	for i, t := range tokens {
		switch t.text {
		case "(", "[", "{":
			before := ""
			if i > 0 {
				before = tokens[i-1].text
			}
			stack = append(stack, open{item: slices.Contains([]string{"[", "{", "(", ","}, before) && len(stack) > 0})
		case ")", "]", "}":
			if n := len(stack); n > 0 {
				if o := stack[n-1]; o.item && o.value && !o.code {
					rows++
				}
				stack = stack[:n-1]
			}
		case ";", "return", "if", "=>":
			if n := len(stack); n > 0 {
				stack[n-1].code = true
			}
		default:
			if i > 0 && (tokens[i-1].text == "[" || tokens[i-1].text == "@") && slices.Contains(rowMarkers, t.text) {
				rows++
			}
			if n := len(stack); n > 0 && (t.kind == quoted || t.kind == number) {
				stack[n-1].value = true
			}
		}
	}
	return rows
}
