package bundler

import "slices"

// call is a call as the text shows it: what stands plainly in it.
type call struct {
	values  []token            // texts and symbols, lists flattened, in order
	options map[string][]token // by label; none of a value that is worked out when it runs
	first   bool               // the first argument stands plainly
	unknown []string           // labels whose values are worked out, "" for a plain argument
}

// parseCall reads the arguments that follow the name of a method.
func parseCall(tokens []token) call {
	c := call{options: map[string][]token{}}
	if len(tokens) > 1 && tokens[0].text == "(" && tokens[0].kind == 'o' {
		depth := 0
		for i, t := range tokens {
			if t.kind == 'o' && slices.Contains([]string{"(", "[", "{"}, t.text) {
				depth++
			}
			if t.kind == 'o' && slices.Contains([]string{")", "]", "}"}, t.text) {
				if depth--; depth == 0 {
					tokens = tokens[1:i]
					break
				}
			}
		}
	}
	depth, from := 0, 0
	for i, t := range tokens {
		if t.kind == 'w' && depth == 0 && (t.text == "do" || t.text == "if" || t.text == "unless") {
			tokens = tokens[:i]
			break
		}
		if t.kind == 'o' {
			switch t.text {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				depth--
			case ",":
				if depth == 0 {
					c.argument(tokens[from:i])
					from = i + 1
				}
			}
		}
	}
	if from < len(tokens) {
		c.argument(tokens[from:])
	}
	return c
}

func (c *call) argument(tokens []token) {
	if len(tokens) == 0 {
		return
	}
	label, begin := "", len(c.values)+len(c.options)+len(c.unknown) == 0
	switch first := tokens[0]; {
	case first.kind == 'l':
		label, tokens = first.text, tokens[1:]
	case len(tokens) > 2 && (first.kind == 'y' || first.kind == 's') && tokens[1].text == "=" && tokens[2].text == ">":
		label, tokens = first.text, tokens[3:]
	}
	var values []token
	for _, t := range tokens {
		switch {
		case t.kind == 's' && t.fixed || t.kind == 'y' || t.kind == 'w' && (t.text == "true" || t.text == "false" || t.text == "nil"):
			values = append(values, t)
		case t.kind == 'o' && (t.text == "[" || t.text == "]" || t.text == ","):
		default:
			c.unknown = append(c.unknown, label)
			return
		}
	}
	c.first = c.first || begin
	if label == "" {
		c.values = append(c.values, values...)
	} else {
		c.options[label] = append(c.options[label], values...)
	}
}

func (c *call) isUnknown(labels ...string) bool {
	return slices.ContainsFunc(c.unknown, func(l string) bool { return slices.Contains(labels, l) })
}

func texts(tokens []token) []string {
	var list []string
	for _, t := range tokens {
		list = append(list, t.text)
	}
	return list
}
