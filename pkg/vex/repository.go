package vex

import (
	"net/url"
	"strings"

	"github.com/package-url/packageurl-go"
)

// forges are the types of package URLs for repositories of public forges.
var forges = map[string]string{"github.com": packageurl.TypeGithub, "gitlab.com": packageurl.TypeGitlab, "bitbucket.org": packageurl.TypeBitbucket}

// RepositoryPURL names the application that a repository holds, by the address that git has for it: pkg:github/acme/shop@COMMIT,
// on another server pkg:generic/HOST/acme/shop@COMMIT. An empty commit is all of them. It is "" for what is no address of a
// server; user names and passwords are left out.
func RepositoryPURL(remote, commit string) string {
	if !strings.Contains(remote, "://") { // git@host:path
		host, path, ok := strings.Cut(remote, ":")
		if !ok || strings.Contains(host, "/") {
			return ""
		}
		remote = "ssh://" + host + "/" + strings.TrimPrefix(path, "/")
	}
	u, err := url.Parse(remote)
	if err != nil || u.Hostname() == "" || len(remote) > maxName {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	path := strings.Split(strings.TrimSuffix(segments(u.Path), ".git"), "/")
	name, namespace := path[len(path)-1], strings.Join(path[:len(path)-1], "/")
	kind, ok := forges[host]
	if !ok {
		kind, namespace = packageurl.TypeGeneric, strings.TrimSuffix(host+"/"+namespace, "/")
	}
	p := packageurl.NewPackageURL(kind, namespace, name, commit, nil, "")
	if err := p.Normalize(); err != nil {
		return ""
	}
	return p.ToString()
}
