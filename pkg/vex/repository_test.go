package vex

import "testing"

func TestARepositoryIsAProduct(t *testing.T) {
	tests := []struct{ remote, commit, want string }{
		{"https://github.com/Acme/Shop.git", "abc", "pkg:github/acme/shop@abc"},
		{"git@github.com:acme/shop.git", "", "pkg:github/acme/shop"},
		{"https://user:secret@gitlab.com/group/sub/shop", "abc", "pkg:gitlab/group/sub/shop@abc"},
		{"ssh://git@git.acme.example:2222/shop.git", "abc", "pkg:generic/git.acme.example/shop@abc"},
		{"https://git.acme.example/a/b%20c/", "abc", "pkg:generic/git.acme.example/a/b%20c@abc"},
		{"../shop", "abc", ""}, {"/srv/git/shop.git", "abc", ""}, {"", "abc", ""}, {"https://github.com/", "abc", ""}, {"file:///srv/shop", "abc", ""}, {"https://%zz", "abc", ""},
	}
	for _, test := range tests {
		got := RepositoryPURL(test.remote, test.commit)
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.remote, got, test.want)
		}
		if _, err := ParsePURL(got); got != "" && err != nil {
			t.Errorf("%q: %v", test.remote, err)
		}
	}
}
