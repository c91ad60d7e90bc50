package golang

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// edition changes with what an answer means.
const edition = "1"

// store remembers the answer of one program to one question: a job on a tree, with one Go.
type store struct{ file string }

func newStore(cache, program, tree, version string, j job) store {
	question, err := json.Marshal(j)
	if err != nil || cache == "" {
		return store{}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%s\n%s", edition, program, tree, version, question))
	return store{filepath.Join(cache, "answers", hex.EncodeToString(sum[:])+".json")}
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
