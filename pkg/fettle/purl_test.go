package fettle

import (
	"strings"
	"testing"
)

// purls are packages whose URL reads back as they are.
var purls = map[string]Package{
	"pkg:npm/lodash@4.17.21":                                              {"npm", "lodash", "4.17.21"},
	"pkg:npm/%40babel/core@7.0.0":                                         {"npm", "@babel/core", "7.0.0"},
	"pkg:npm/a@1.0.0-rc.1%2Bbuild":                                        {"npm", "a", "1.0.0-rc.1+build"},
	"pkg:npm/a":                                                           {"npm", "a", ""},
	"pkg:npm/..%2F..%2Fetc@1":                                             {"npm", "../../etc", "1"},
	"pkg:npm/%40scope/..%2Fx@%3Cscript%3E":                                {"npm", "@scope/../x", "<script>"},
	"pkg:pypi/zope.interface@5.0":                                         {"PyPI", "zope.interface", "5.0"},
	"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1":                {"Maven", "org.apache.logging.log4j:log4j-core", "2.14.1"},
	"pkg:golang/github.com/BurntSushi/toml@v1.2.0":                        {"Go", "github.com/BurntSushi/toml", "1.2.0"},
	"pkg:golang/golang.org/x/net@v0.0.0-20210405180319-a5a99cb37ef4":      {"Go", "golang.org/x/net", "0.0.0-20210405180319-a5a99cb37ef4"},
	"pkg:golang/github.com/docker/docker@v24.0.0%2Bincompatible":          {"Go", "github.com/docker/docker", "24.0.0+incompatible"},
	"pkg:golang/stdlib@1.22.1":                                            {"Go", "stdlib", "1.22.1"},
	"pkg:cargo/rand@0.8.5":                                                {"crates.io", "rand", "0.8.5"},
	"pkg:nuget/Newtonsoft.Json@13.0.1":                                    {"NuGet", "Newtonsoft.Json", "13.0.1"},
	"pkg:gem/rails@7.0.4":                                                 {"RubyGems", "rails", "7.0.4"},
	"pkg:composer/symfony/http-kernel@5.4.0":                              {"Packagist", "symfony/http-kernel", "5.4.0"},
	"pkg:hex/phoenix@1.7.0":                                               {"Hex", "phoenix", "1.7.0"},
	"pkg:pub/http@0.13.0":                                                 {"Pub", "http", "0.13.0"},
	"pkg:github/actions/checkout@4.1.0":                                   {"GitHub Actions", "actions/checkout", "4.1.0"},
	"pkg:hackage/aeson@2.0":                                               {"Hackage", "aeson", "2.0"},
	"pkg:cran/A3@1.0.0":                                                   {"CRAN", "A3", "1.0.0"},
	"pkg:conan/openssl@3.0.0":                                             {"ConanCenter", "openssl", "3.0.0"},
	"pkg:swift/github.com/apple/swift-nio@2.0.0":                          {"SwiftURL", "github.com/apple/swift-nio", "2.0.0"},
	"pkg:deb/debian/openssl@1:3.0.11-1~deb12u2?distro=debian-12":          {"Debian:12", "openssl", "1:3.0.11-1~deb12u2"},
	"pkg:deb/debian/g%2B%2B-12@12.2.0-14?distro=debian-sid":               {"Debian:sid", "g++-12", "12.2.0-14"},
	"pkg:deb/debian/bash@5":                                               {"Debian", "bash", "5"},
	"pkg:deb/ubuntu/openssl@3.0.2-0ubuntu1?distro=ubuntu-22.04":           {"Ubuntu:22.04:LTS", "openssl", "3.0.2-0ubuntu1"},
	"pkg:deb/ubuntu/openssl@3.0.10-1?distro=ubuntu-23.10":                 {"Ubuntu:23.10", "openssl", "3.0.10-1"},
	"pkg:deb/ubuntu/bash@4?distro=ubuntu-pro-18.04":                       {"Ubuntu:Pro:18.04:LTS", "bash", "4"},
	"pkg:apk/alpine/musl@1.2.4-r2?distro=alpine-3.18":                     {"Alpine:v3.18", "musl", "1.2.4-r2"},
	"pkg:apk/wolfi/bash@5.2-r0":                                           {"Wolfi", "bash", "5.2-r0"},
	"pkg:rpm/redhat/bash@5.1.8-6.el9?distro=rhel-9":                       {"Red Hat:enterprise_linux:9::baseos", "bash", "5.1.8-6.el9"},
	"pkg:rpm/redhat/nginx@1.20.1?distro=rhel-rhel_eus:9.2::appstream":     {"Red Hat:rhel_eus:9.2::appstream", "nginx", "1.20.1"},
	"pkg:rpm/rocky-linux/dbus@1.12.8-18.el8?distro=rocky-linux-8&epoch=1": {"Rocky Linux:8", "dbus", "1:1.12.8-18.el8"},
	"pkg:rpm/almalinux/bash@5?distro=almalinux-9":                         {"AlmaLinux:9", "bash", "5"},
	"pkg:rpm/opensuse/bash@5?distro=opensuse-leap-15.5":                   {"openSUSE:Leap 15.5", "bash", "5"},
	"pkg:rpm/opensuse/bash@5?distro=opensuse-tumbleweed":                  {"openSUSE:Tumbleweed", "bash", "5"},
	"pkg:rpm/suse/bash@5?distro=sles-15.5":                                {"SUSE:Linux Enterprise Server 15 SP5", "bash", "5"},
	"pkg:rpm/mageia/bash@5?distro=mageia-9":                               {"Mageia:9", "bash", "5"},
}

func TestAPackageURLReadsBackAsThePackage(t *testing.T) {
	for text, p := range purls {
		if got := p.PURL(); got != text {
			t.Errorf("%v: got %s, want %s", p, got, text)
		}
		if got, err := ParsePURL(text); err != nil || got != p {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, p)
		}
	}
}

func TestPackageURLsOfOtherToolsAreRead(t *testing.T) {
	tests := map[string]Package{
		"pkg:npm/@babel/core@7.0.0": {"npm", "@babel/core", "7.0.0"},
		"pkg:npm/@babel/core":       {"npm", "@babel/core", ""},
		"PKG:NPM/a@1":               {"npm", "a", "1"},
		"pkg://npm/a@1":             {"npm", "a", "1"},
		"pkg:pypi/Foo_Bar@1":        {"PyPI", "foo-bar", "1"},
		"pkg:golang/github.com/a/b@v1.0.0?type=module&goos=linux#sub/dir": {"Go", "github.com/a/b", "1.0.0"},
		"pkg:golang/std@go1.22.1":                                      {"Go", "stdlib", "1.22.1"},
		"pkg:maven/g/a@1.0?type=jar&classifier=dist":                   {"Maven", "g:a", "1.0"},
		"pkg:githubactions/Actions/checkout@v4":                        {"GitHub Actions", "actions/checkout", "v4"},
		"pkg:conan/bincrafters/openssl@3.0.0?channel=stable":           {"ConanCenter", "openssl", "3.0.0"},
		"pkg:deb/debian/bash@5?arch=amd64&distro=bookworm":             {"Debian:12", "bash", "5"},
		"pkg:deb/debian/bash@5?distro=debian-12.4":                     {"Debian:12", "bash", "5"},
		"pkg:deb/ubuntu/bash@5?distro=jammy":                           {"Ubuntu:22.04:LTS", "bash", "5"},
		"pkg:deb/ubuntu/bash@5?distro=ubuntu-22.04.3":                  {"Ubuntu:22.04:LTS", "bash", "5"},
		"pkg:deb/bash@5?distro=debian-12":                              {"Debian:12", "bash", "5"},
		"pkg:apk/alpine/musl@1.2?arch=x86_64&distro=3.18.4":            {"Alpine:v3.18", "musl", "1.2"},
		"pkg:apk/alpine/musl@1.2?distro=alpine-v3.18":                  {"Alpine:v3.18", "musl", "1.2"},
		"pkg:rpm/rocky/dbus@1.12?arch=x86_64&epoch=1&distro=rocky-8.9": {"Rocky Linux:8", "dbus", "1:1.12"},
		"pkg:rpm/redhat/bash@5?distro=redhat-9.4":                      {"Red Hat:enterprise_linux:9::baseos", "bash", "5"},
		"pkg:rpm/suse/bash@5?distro=sles-15":                           {"SUSE:Linux Enterprise Server 15", "bash", "5"},
		"pkg:swift/github.com/apple/swift-nio.git@2":                   {"SwiftURL", "github.com/apple/swift-nio", "2"},
	}
	for text, want := range tests {
		if got, err := ParsePURL(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestWhatIsNoPackageURLOfAnEcosystemIsAnError(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "begins with pkg:",
		"npm/a@1":                              "begins with pkg:",
		"pkg:npm":                              "want pkg:TYPE/NAME",
		"pkg:npm/":                             "no name",
		"pkg:npm/@1":                           "",
		"pkg:npm/a%zz@1":                       "broken escape",
		"pkg:npm/a@%zz":                        "broken escape",
		"pkg:generic/openssl@3":                "type generic",
		"pkg:docker/nginx@1":                   "type docker",
		"pkg:rpm/fedora/bash@5":                "distribution",
		"pkg:deb/kali/bash@5":                  "distribution",
		"pkg:npm/" + strings.Repeat("a", 5000): "longer than",
	} {
		got, err := ParsePURL(text)
		if want == "" {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: got %v, %v; want an error with %q", text, got, err, want)
		}
	}
}

func TestADistributionIsSpelledAsOSVDoes(t *testing.T) {
	for _, test := range []struct{ id, version, want string }{
		{"debian", "12", "Debian:12"}, {"debian", "trixie", "Debian:13"}, {"debian", "", "Debian"}, {"ubuntu", "24.04", "Ubuntu:24.04:LTS"},
		{"ubuntu", "25.10", "Ubuntu:25.10"}, {"ubuntu", "23.04", "Ubuntu:23.04"}, {"alpine", "3.20.1", "Alpine:v3.20"}, {"wolfi", "20230201", "Wolfi"},
		{"rhel", "9.4", "Red Hat:enterprise_linux:9::baseos"}, {"rocky", "9.3", "Rocky Linux:9"}, {"almalinux", "8.9", "AlmaLinux:8"},
		{"opensuse-leap", "15.5", "openSUSE:Leap 15.5"}, {"opensuse-tumbleweed", "20240101", "openSUSE:Tumbleweed"},
		{"sles", "15.5", "SUSE:Linux Enterprise Server 15 SP5"}, {"openEuler", "22.03", "openEuler:22.03"}, {"fedora", "39", ""}, {"", "", ""},
		{"azurelinux", "3.0", "Azure Linux:3.0"}, {"debianish", "1", ""},
	} {
		if got := Distribution(test.id, test.version); got != test.want {
			t.Errorf("%s %s: got %q, want %q", test.id, test.version, got, test.want)
		}
	}
}

func FuzzPURL(f *testing.F) {
	for _, p := range purls {
		f.Add(p.Ecosystem, p.Name, p.Version)
	}
	f.Add("Go", "a//b/../c", "v")
	f.Add("Maven", "a:b:c", "@")
	f.Add("npm", "@/x", "\xff")
	f.Fuzz(func(t *testing.T, ecosystem, name, version string) {
		text := Package{ecosystem, name, version}.PURL()
		got, err := ParsePURL(text)
		if err != nil {
			return // nameless, or of no ecosystem
		}
		again := got.PURL()
		if len(again) > maxPURL {
			return
		}
		back, err := ParsePURL(again)
		if err != nil || back != got {
			t.Errorf("%q %q %q: %s is %q, which is written as %s and is %q, %v", ecosystem, name, version, text, got, again, back, err)
		}
		exact := map[string]bool{"npm": true, "Maven": true, "crates.io": true, "NuGet": true, "RubyGems": true, "Debian:12": true, "Alpine:v3.18": true}
		if want := (Package{ecosystem, name, version}); exact[ecosystem] && got != want {
			t.Errorf("%q is written as %s, which is %q", want, text, got)
		}
	})
}

func FuzzParsePURL(f *testing.F) {
	for text := range purls {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePURL(text)
		if err == nil && (p.Ecosystem == "" || p.Name == "") {
			t.Errorf("%q is %q", text, p)
		}
	})
}
