package golang

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
)

// edition changes with what an answer means.
const edition = "1"

// store remembers the answer to one question: a job on a tree, with one Go.
type store struct{ file string }

func newStore(cache, tree, version string, j job) store {
	question, err := json.Marshal(j)
	if err != nil || cache == "" {
		return store{}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%s\n%s", edition, builtFrom(), tree, version, question))
	return store{filepath.Join(cache, "answers", hex.EncodeToString(sum[:])+".json")}
}

// builtFrom names the code that answers: fettle's own and the analysis that it uses.
func builtFrom() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	text := info.Main.Version
	for _, d := range info.Deps {
		if d.Path == "golang.org/x/vuln" || d.Path == "golang.org/x/tools" {
			text += " " + d.Path + "@" + d.Version
		}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" || s.Key == "vcs.modified" {
			text += " " + s.Value
		}
	}
	return text
}

func (s store) read() (answer, bool) {
	if s.file == "" {
		return answer{}, false
	}
	a, err := readAnswer(s.file)
	return a, err == nil
}

// write keeps a. An answer that cannot be kept is found again the next time.
func (s store) write(a answer) {
	data, err := json.Marshal(a)
	if s.file == "" || err != nil || os.MkdirAll(filepath.Dir(s.file), 0o755) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(s.file), "new-")
	if err != nil {
		return
	}
	_, err = f.Write(data)
	if closed := f.Close(); err != nil || closed != nil || os.Rename(f.Name(), s.file) != nil {
		_ = os.Remove(f.Name())
	}
}
