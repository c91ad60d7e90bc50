package vex

import "testing"

func TestPackageURLsCoverAsOpenVEXHasIt(t *testing.T) {
	tests := []struct {
		name              string
		general, specific string
		want              bool
	}{
		{"the same", "pkg:npm/a@1", "pkg:npm/a@1", true},
		{"no version is all versions", "pkg:npm/a", "pkg:npm/a@1", true},
		{"another version", "pkg:npm/a@1", "pkg:npm/a@1.0", false},
		{"a version that is not known", "pkg:npm/a@1", "pkg:npm/a", false},
		{"a scope, escaped or not", "pkg:npm/@babel/core", "pkg:npm/%40babel/core@7", true},
		{"another scope", "pkg:npm/core", "pkg:npm/%40babel/core@7", false},
		{"another type", "pkg:pypi/a", "pkg:npm/a@1", false},
		{"a longer name", "pkg:npm/a", "pkg:npm/ab@1", false},
		{"qualifiers are a subset", "pkg:deb/debian/curl@7", "pkg:deb/debian/curl@7?distro=debian-12", true},
		{"the same qualifiers", "pkg:deb/debian/curl@7?distro=debian-12&arch=amd64", "pkg:deb/debian/curl@7?arch=amd64&distro=debian-12", true},
		{"a qualifier that is not known", "pkg:deb/debian/curl@7?arch=amd64", "pkg:deb/debian/curl@7?distro=debian-12", false},
		{"another qualifier", "pkg:deb/debian/curl?distro=debian-11", "pkg:deb/debian/curl@7?distro=debian-12", false},
		{"a release with its last number", "pkg:apk/alpine/curl?distro=alpine-3.18.4", "pkg:apk/alpine/curl@8?distro=alpine-3.18", true},
		{"a release that begins with another", "pkg:apk/alpine/curl?distro=alpine-3.1", "pkg:apk/alpine/curl@8?distro=alpine-3.18", false},
		{"the v of Go", "pkg:golang/github.com/a/b@1.2.3", "pkg:golang/github.com/a/b@v1.2.3", true},
		{"the case of Go", "pkg:golang/github.com/azure/go@v1", "pkg:golang/github.com/Azure/go@v1", true},
		{"separators of Python", "pkg:pypi/Zope.Interface", "pkg:pypi/zope-interface@5", true},
		{"the default type of Maven", "pkg:maven/org.x/y@1?type=jar", "pkg:maven/org.x/y@1", true},
		{"another type of Maven", "pkg:maven/org.x/y@1?type=war", "pkg:maven/org.x/y@1", false},
		{"another group of Maven", "pkg:maven/org.z/y@1", "pkg:maven/org.x/y@1", false},
		{"an epoch", "pkg:rpm/redhat/curl@7-1", "pkg:rpm/redhat/curl@7-1?epoch=1", false},
		{"no epoch is 0", "pkg:rpm/redhat/curl@7-1?epoch=0", "pkg:rpm/redhat/curl@7-1?epoch=0", true},
		{"a part of what is named", "pkg:github/acme/shop", "pkg:github/acme/shop@1#services/a", true},
		{"a folder above", "pkg:github/acme/shop#services", "pkg:github/acme/shop@1#services/a", true},
		{"a folder with a longer name", "pkg:github/acme/shop#services/a", "pkg:github/acme/shop@1#services/aa", false},
		{"the whole of a part", "pkg:github/acme/shop#services/a", "pkg:github/acme/shop@1", false},
	}
	for _, test := range tests {
		general, err := ParsePURL(test.general)
		if err != nil {
			t.Fatal(err)
		}
		specific, err := ParsePURL(test.specific)
		if err != nil {
			t.Fatal(err)
		}
		if got := general.Covers(specific); got != test.want {
			t.Errorf("%s: %s covers %s: %t", test.name, test.general, test.specific, got)
		}
		again, err := ParsePURL(specific.String())
		if err != nil || !again.Covers(specific) || !specific.Covers(again) {
			t.Errorf("%s is written as %s: %v", test.specific, specific, err)
		}
	}
}

func TestWhatIsNoPackageURLIsRefused(t *testing.T) {
	for _, text := range []string{"", "a", "pkg:", "pkg:npm", "pkg:npm/", "https://a.example", "pkg:npm/a%zz", "pkg:npm/a?x=%zz", string(make([]byte, maxName+1))} {
		if p, err := ParsePURL(text); err == nil {
			t.Errorf("%.20q is taken for %v", text, p)
		}
	}
}
