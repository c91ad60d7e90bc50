package python

import (
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/python"
)

func TestARangeKeepsItsStyleAndAdmitsTheNewVersion(t *testing.T) {
	tests := []struct{ spec, version, want string }{
		{"==1.0", "1.2.3", "==1.2.3"},
		{"=== 1.0", "1.2.3", "=== 1.2.3"},
		{"1.0", "1.2.3", "1.2.3"},
		{"^1.0", "2.1.0", "^2.1.0"},
		{"~1.0", "2.1.5", "~2.1,>=2.1.5"},
		{"~1.0.3", "2.1.5", "~2.1.5"},
		{"~=1.4.2", "1.6.1", "~=1.6.1"},
		{"~=1.4", "2.6.1", "~=2.6,>=2.6.1"},
		{"==1.4.*", "1.6.1", "==1.6.*"},
		{">=1.0,<2.0", "3.1", ">=3.1,<4.0"},
		{">=1.0, !=1.5, <2", "2.3", ">=2.3, !=1.5, <3"},
		{"<4", "4.2.1", "<5"},
		{"<3.3", "4.2.1", "<4.3"},
		{"<=3.2.5", "3.2.9", "<=3.2.9"},
		{">1", "1", ">=1"},
		{"", "2.0", ">=2.0"},
		{"*", "2.0", ">=2.0"},
		{"^1.0 || ^2.0", "3.0", "^3.0"},
		{"git+x", "3.0", ">=3.0"},
	}
	for _, test := range tests {
		got := repin(test.spec, test.version)
		if got != test.want || !python.Admits(got, test.version) {
			t.Errorf("%q to %s: got %q, want %q", test.spec, test.version, got, test.want)
		}
	}
}

func TestServedKnowsAddresses(t *testing.T) {
	tools := &Tools{}
	for spec, want := range map[string]bool{">=1,<2": true, "": true, "^1.0": true, "git+https://code.example/x": false, "../lib": false, "@ file:///x": false} {
		if got := tools.Served(spec); got != want {
			t.Errorf("%q: %v", spec, got)
		}
	}
}
