package main

import (
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/decide"
	"github.com/fettle-dev/fettle/pkg/learn"
)

// exceptionDays is how long a proposed exception holds.
const exceptionDays = 90

// exception is an entry of the section exceptions of fettle.yaml, as it is printed for a person to accept.
type exception struct {
	Finding       string               `yaml:"finding"`
	Package       string               `yaml:"package,omitempty"`
	Path          string               `yaml:"path,omitempty"`
	Status        decide.VEXStatus     `yaml:"status"`
	Justification decide.Justification `yaml:"justification,omitempty"`
	Reason        string               `yaml:"reason"`
	Expires       string               `yaml:"expires"`
}

// exceptionFor words the exception that a dismissal stands for. A risk that is accepted stays true: its status is affected.
func exceptionFor(why learn.Reason, finding, pkg, path, text string, today time.Time) exception {
	x := exception{Finding: finding, Package: pkg, Path: path, Status: decide.Affected, Reason: text,
		Expires: learn.Today(today.UTC().AddDate(0, 0, exceptionDays))}
	if path == "." {
		x.Path = "" // the whole repository, which needs no path
	}
	switch why {
	case learn.NotUsed:
		x.Status, x.Justification = decide.NotAffected, decide.CodeNotInExecutePath
	case learn.Inaccurate:
		x.Status, x.Justification = decide.NotAffected, decide.CodeNotPresent
	}
	return x
}

// exceptionsYAML returns a section for fettle.yaml, "" for no exceptions.
func exceptionsYAML(list []exception) string {
	if len(list) == 0 {
		return ""
	}
	text, err := yaml.Dump(map[string][]exception{"exceptions": list})
	if err != nil {
		return ""
	}
	return string(text)
}
