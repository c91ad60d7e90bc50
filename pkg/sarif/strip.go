package sarif

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// noise holds the members that go-sarif writes though they say no more than the schema's default does, as JSON.
var noise = map[string]string{
	"byteOffset": "-1", "charOffset": "-1", "id": "-1", "index": "-1", "rank": "-1", "ruleIndex": "-1",
	"enabled": "true", "isComprehensive": "false", "language": `"en-US"`,
	"contents": `["localizedData","nonLocalizedData"]`, "newlineSequences": `["\r\n","\n"]`,
}

// strip returns a log as compact JSON without what says nothing: defaults, null, and empty arrays, except for those that
// speak: no run, no result and no rule. Property bags stay as they are. The order of members stays too.
func strip(log []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(log))
	dec.UseNumber()
	s := stripper{in: dec}
	s.enc = json.NewEncoder(&s.out)
	s.enc.SetEscapeHTML(false)
	if err := s.value(false); err != nil {
		return nil, fmt.Errorf("strip the defaults of a SARIF log: %w", err)
	}
	return s.out.Bytes(), nil
}

// stripper copies JSON token by token; a member that turns out to be noise is taken back.
type stripper struct {
	in  *json.Decoder
	out bytes.Buffer
	enc *json.Encoder // to out
}

func (s *stripper) value(bag bool) error {
	token, err := s.in.Token()
	if err != nil {
		return err
	}
	open, ok := token.(json.Delim)
	if !ok {
		return s.scalar(token)
	}
	s.out.WriteByte(byte(open))
	start := s.out.Len()
	for s.in.More() {
		before := s.out.Len()
		if before > start {
			s.out.WriteByte(',')
		}
		if open == '[' {
			err = s.value(bag)
		} else {
			err = s.member(bag, before)
		}
		if err != nil {
			return err
		}
	}
	closing, err := s.in.Token()
	if err == nil {
		fmt.Fprint(&s.out, closing)
	}
	return err
}

// member copies one member of an object, with a comma already written after before.
func (s *stripper) member(bag bool, before int) error {
	token, err := s.in.Token()
	if err != nil {
		return err
	}
	name := token.(string) // the decoder takes nothing else for a name
	if err := s.scalar(name); err != nil {
		return err
	}
	s.out.WriteByte(':')
	from := s.out.Len()
	if err := s.value(bag || name == "properties"); err != nil {
		return err
	}
	if !bag && silent(name, string(s.out.Bytes()[from:])) {
		s.out.Truncate(before)
	}
	return nil
}

func silent(name, value string) bool {
	switch value {
	case "null":
		return true
	case "[]":
		return name != "runs" && name != "results" && name != "rules"
	case "{}":
		return name == "properties"
	}
	return noise[name] == value
}

// scalar writes a string, number, boolean or null, without the escapes that only HTML needs.
func (s *stripper) scalar(v any) error {
	if err := s.enc.Encode(v); err != nil {
		return err
	}
	s.out.Truncate(s.out.Len() - 1) // the line end
	return nil
}
