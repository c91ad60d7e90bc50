package python

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

// drivers are the modules that frameworks load for a backend or the scheme of a database's address.
var drivers = map[string][]string{
	"django.db.backends.postgresql": {"psycopg2", "psycopg"}, "django.db.backends.postgresql_psycopg2": {"psycopg2"}, "django.contrib.gis.db.backends.postgis": {"psycopg2", "psycopg"},
	"django.db.backends.mysql": {"MySQLdb", "pymysql"}, "django.contrib.gis.db.backends.mysql": {"MySQLdb", "pymysql"}, "django.db.backends.oracle": {"cx_Oracle", "oracledb"},
	"django.core.cache.backends.memcached.PyMemcacheCache": {"pymemcache"}, "django.core.cache.backends.memcached.PyLibMCCache": {"pylibmc"},
	"django.core.cache.backends.memcached.MemcachedCache": {"memcache"}, "django.core.cache.backends.redis.RedisCache": {"redis"},
	"django.contrib.auth.hashers.Argon2PasswordHasher": {"argon2"}, "django.contrib.auth.hashers.BCryptSHA256PasswordHasher": {"bcrypt"},
	"django.template.backends.jinja2.Jinja2": {"jinja2"}, "postgresql://": {"psycopg2", "psycopg"}, "postgres://": {"psycopg2", "psycopg"}, "mysql://": {"MySQLdb", "pymysql"},
	"oracle://": {"cx_Oracle", "oracledb"}, "mssql://": {"pyodbc", "pymssql"}, "redis://": {"redis"}, "rediss://": {"redis"}, "mongodb://": {"pymongo"}, "amqp://": {"amqp", "pika", "aio_pika"},
	"sqs://": {"boto3"}, "memcached://": {"pymemcache", "memcache", "pylibmc"}, "s3://": {"boto3", "s3fs"}, "gs://": {"gcsfs", "google.cloud.storage"},
}

// isSettings reports whether a file is one of Django's settings, whose strings name what is loaded.
func isSettings(file string) bool {
	base := strings.TrimSuffix(path.Base(file), ".py")
	return strings.HasPrefix(base, "settings") || strings.HasSuffix(base, "_settings") || path.Base(path.Dir(file)) == "settings"
}

// ownStrings takes the strings of an own file for what may be loaded by name: certainly in settings, maybe elsewhere.
func (w *world) ownStrings(s program.Source) {
	settings := isSettings(s.Path)
	for _, text := range slices.Sorted(maps.Keys(s.Strings)) {
		at := fettle.Location{Path: s.Path, Line: s.Strings[text]}
		for _, to := range w.groups[text] {
			w.doubt(nil, to, fmt.Sprintf("%s names %s, a group of plugins that it offers one for", place(at), text), at)
		}
		for _, word := range candidates(text) {
			for _, to := range w.byName[osv.NormalizeName("PyPI", word)] {
				w.doubt(nil, to, fmt.Sprintf("%s names it", place(at)), at)
			}
			name := strings.TrimRight(strings.ReplaceAll(word, ":", "."), ".")
			for _, h := range w.find(name) {
				if settings && h.pack.named && (strings.Contains(name, ".") || strings.HasPrefix(h.pack.name, "django")) && name == text {
					w.graph.Own(h.pack.node.Key, at, name, false)
					w.reach(h)
					continue
				}
				w.doubt(nil, h.pack, fmt.Sprintf("%s names it", place(at)), at)
			}
			for _, module := range drivers[word] {
				for _, h := range w.find(module) {
					w.doubt(nil, h.pack, fmt.Sprintf("%s asks for what it drives: %s", place(at), word), at)
				}
			}
		}
	}
}

// candidates are the parts of a string that may name a module: itself, the scheme of an address with its driver, and of a
// command its program, modules and kinds of workers.
func candidates(text string) []string {
	if scheme, _, ok := strings.Cut(text, "://"); ok && len(scheme) < 40 {
		all := []string{}
		for i, part := range strings.Split(scheme, "+") {
			if i == 0 {
				part += "://"
			}
			all = append(all, part, strings.TrimSuffix(part, "://"))
		}
		return all
	}
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return []string{text}
	}
	if len(fields) > 40 {
		return nil
	}
	all := []string{path.Base(fields[0])}
	for i, f := range fields[1:] {
		if before := fields[i]; before == "-m" || before == "-k" || before == "-c" || before == "--worker-class" {
			all = append(all, f)
		}
		if _, value, ok := strings.Cut(f, "--worker-class="); ok {
			all = append(all, value)
		}
		if rest, ok := strings.CutPrefix(f, "-m"); ok && rest != "" {
			all = append(all, rest)
		}
	}
	return all
}
