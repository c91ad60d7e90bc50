package manager

import "testing"

func TestAddressesLoseTheirPasswords(t *testing.T) {
	for in, want := range map[string]string{
		"https://user:secret@registry.example/x,direct":       "https://registry.example/x,direct",
		"sparse+https://token@registry.example/index/":        "sparse+https://registry.example/index/",
		"https://a:b@one.example|https://c:d@two.example|off": "https://one.example|https://two.example|off",
		"off":                             "off",
		"https://u:p%zz@registry.example": "",
	} {
		if got := WithoutPasswords(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
