package sandbox

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// write makes the files of a small project.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func tool(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed", name)
		}
	}
}

func TestNodeProjectInstallsAndTestsOffline(t *testing.T) {
	tool(t, "node", "npm")
	each(t, func(t *testing.T, s *Sandbox) {
		dir := t.TempDir()
		write(t, dir, map[string]string{
			"package.json":      `{"name":"app","version":"1.0.0","scripts":{"test":"node --test"},"dependencies":{"lib":"file:lib"}}`,
			"lib/package.json":  `{"name":"lib","version":"1.0.0"}`,
			"lib/index.js":      "exports.two = 2\n",
			"package-lock.json": `{"name":"app","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"app","version":"1.0.0","dependencies":{"lib":"file:lib"}},"lib":{"version":"1.0.0"},"node_modules/lib":{"resolved":"lib","link":true}}}`,
			"app.test.js": `const test = require('node:test'), assert = require('node:assert'), os = require('node:os');
test('two', () => assert.equal(require('lib').two, 2));
if (process.env.OWN_USER) test('user', () => assert.equal(os.userInfo().homedir, process.env.HOME));
test('server', async () => {
	const server = require('node:http').createServer((q, r) => r.end('hello'));
	await new Promise(done => server.listen(0, done));
	for (const host of ['localhost', '127.0.0.1'])
		assert.equal(await (await fetch('http://' + host + ':' + server.address().port)).text(), 'hello');
	server.closeAllConnections(); server.close();
});
test('child', () => assert.equal(require('child_process').execFileSync('echo', ['hi']).toString(), 'hi\n'));
test('worker', (t, done) => { new (require('worker_threads').Worker)('process.exit(0)', {eval: true}).on('exit', () => done()) });
`,
		})
		for _, c := range []Command{
			{Args: []string{"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"}, Network: true},
			{Args: []string{"npm", "test"}},
		} {
			c.Timeout = 2 * time.Minute
			if s.Level() == Namespaces {
				c.Env = []string{"OWN_USER=yes"} // without mounts, the users are the host's
			}
			res, err := s.Run(t.Context(), dir, c)
			if err != nil || res.Code != 0 {
				t.Fatalf("%q: %+v, %v", c.Args, res, err)
			}
		}
	})
}

func TestGoProjectBuildsAndTestsOffline(t *testing.T) {
	tool(t, "go")
	if testing.Short() {
		t.Skip("compiles the standard library")
	}
	s, err := New(Options{Env: os.LookupEnv, Log: t.Logf})
	if err != nil || s.Level() == None {
		t.Skipf("no sandbox here: %v", err)
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"go.mod":      "module example.com/app\n\ngo 1.21\n",
		"app.go":      "package app\n\nfunc Two() int { return 2 }\n",
		"app_test.go": "package app\n\nimport \"testing\"\n\nfunc TestTwo(t *testing.T) {\n\tif Two() != 2 {\n\t\tt.Fail()\n\t}\n}\n",
	})
	res, err := s.Run(t.Context(), dir, Command{
		Args: []string{"go", "test", "./..."}, Env: []string{"GOTOOLCHAIN=local", "GOFLAGS=-vet=off", "CGO_ENABLED=0"}, Timeout: 5 * time.Minute,
	})
	if err != nil || res.Code != 0 {
		t.Fatalf("%+v, %v", res, err)
	}
}

func TestJavaStarts(t *testing.T) {
	tool(t, "java")
	each(t, func(t *testing.T, s *Sandbox) {
		res, err := s.Run(t.Context(), t.TempDir(), Command{Args: []string{"java", "-version"}})
		if s.Level() == Sibling && errors.Is(err, ErrNotFound) {
			t.Skip("not in the image")
		}
		if err != nil || res.Code != 0 {
			t.Fatalf("%+v, %v", res, err)
		}
	})
}

func BenchmarkRunTrue(b *testing.B) {
	for _, v := range everyVariant {
		b.Run(v.String(), func(b *testing.B) {
			s := only(b, v, Options{Env: os.LookupEnv})
			dir := b.TempDir()
			for b.Loop() {
				if res, err := s.Run(b.Context(), dir, Command{Args: []string{"true"}}); err != nil || res.Code != 0 {
					b.Fatalf("%+v, %v", res, err)
				}
			}
		})
	}
}
