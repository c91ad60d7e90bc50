//go:build unix

package main

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/osv"
)

func npmAuditHere(b *bench, t *trial) error { return b.auditHere(t) }

func npmAuditForce(b *bench, t *trial) error { return b.auditHere(t, "--force") }

// auditHere runs npm audit fix with a registry on loopback that hands all requests on to the user's registry, save those for
// an audit: these it answers from the records that fettle has.
func (b *bench) auditHere(t *trial, flags ...string) error {
	registry := ""
	for _, setting := range b.npm {
		if key, value, _ := strings.Cut(setting, "="); key == "npm_config_registry" {
			registry = value
		}
	}
	upstream, err := url.Parse(registry)
	if err != nil || upstream.Host == "" {
		return fmt.Errorf("npm's configuration names no registry: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	a := &auditor{database: b.database, pass: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(upstream)
		r.Out.Host = upstream.Host
	}}}
	server := &http.Server{Handler: a, ReadHeaderTimeout: time.Minute}
	go server.Serve(listener)
	defer server.Close()
	err = b.runNPM(t, []string{"npm_config_registry=http://" + listener.Addr().String() + "/", "npm_config_audit=true", "no_proxy=127.0.0.1", "npm_config_noproxy=127.0.0.1"},
		append([]string{"audit", "fix"}, flags...)...)
	if a.failed != nil {
		return a.failed
	}
	if a.asked == 0 {
		return errors.Join(errors.New("npm asked for no audit"), err)
	}
	if err != nil && (!strings.Contains(err.Error(), "exit status 1:") || strings.Contains(err.Error(), "npm error") || strings.Contains(err.Error(), "npm ERR!")) {
		return err
	}
	return restoreAddresses(t.dir, listener.Addr().String(), upstream) // status 1 says that findings are left
}

// auditor answers what npm asks for an audit, and passes everything else on.
type auditor struct {
	database *osv.Database
	pass     http.Handler
	asked    int
	failed   error
}

// report is one advisory as npm's bulk audit gives it.
type report struct {
	ID         int    `json:"id"`
	URL        string `json:"url"`
	Title      string `json:"title"`
	Severity   string `json:"severity"`
	Vulnerable string `json:"vulnerable_versions"`
}

func (a *auditor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(path.Clean(r.URL.Path), "/security/advisories/bulk") {
		a.pass.ServeHTTP(w, r)
		return
	}
	answer, err := a.answer(r)
	if err != nil {
		a.failed = err
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	a.asked++
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer)
}

func (a *auditor) answer(r *http.Request) (map[string][]report, error) {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = z
	}
	var asked map[string][]string
	if err := json.NewDecoder(body).Decode(&asked); err != nil {
		return nil, fmt.Errorf("read npm's request for an audit: %w", err)
	}
	answer := map[string][]report{}
	for name, versions := range asked {
		records, err := a.database.Find("npm", name)
		if err != nil {
			return nil, err
		}
		for i, advisory := range osv.Fold(records, a.database.Aliases) {
			for _, version := range versions {
				if in, err := advisory.Affects("npm", name, version); err != nil || !in {
					continue
				}
				answer[name] = append(answer[name], report{ID: len(answer)*1000 + i, URL: "https://advisory.example/" + advisory.ID, Title: advisory.ID,
					Severity: "high", Vulnerable: vulnerable(advisory.Affected("npm", name))})
				break
			}
		}
	}
	return answer, nil
}

// vulnerable writes the ranges as npm does.
func vulnerable(affected []osv.AffectedPackage) string {
	var parts []string
	for _, entry := range affected {
		for _, version := range entry.Versions {
			parts = append(parts, "="+version)
		}
		for _, r := range entry.Ranges {
			from := ""
			for _, e := range r.Events {
				switch {
				case r.Type == osv.Git:
				case e.Introduced != "":
					if from != "" {
						parts = append(parts, from)
					}
					from = ">=" + e.Introduced
					if e.Introduced == "0" { // before every version
						from = ">=0.0.0-0"
					}
				case e.Fixed != "":
					parts, from = append(parts, from+" <"+e.Fixed), ""
				case e.LastAffected != "":
					parts, from = append(parts, from+" <="+e.LastAffected), ""
				}
			}
			if from != "" {
				parts = append(parts, from)
			}
		}
	}
	return strings.Join(parts, " || ")
}
