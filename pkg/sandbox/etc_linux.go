package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// maxConfig bounds the files of /etc that are read.
const maxConfig = 1 << 20

// replacedFiles returns the files that a command sees otherwise than the host has them: users, whose home directory
// programs such as a JVM take from there, and what a symbolic link of /etc leads out of the view to.
func replacedFiles(s spec) map[string]string {
	files := map[string]string{
		"/etc/passwd": replaceUser(readConfig("/etc/passwd"), s.User, fmt.Sprintf("sandbox:x:%d:%d:sandbox:%s:/bin/sh", s.User, s.Group, s.Home)),
		"/etc/group":  replaceUser(readConfig("/etc/group"), s.Group, fmt.Sprintf("sandbox:x:%d:", s.Group)),
	}
	for _, name := range []string{"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"} {
		real, err := filepath.EvalSymlinks(name)
		if err != nil || real == name || covered(s.ReadOnly, real) {
			continue
		}
		files[real] = readConfig(real)
	}
	return files
}

func covered(dirs []string, path string) bool {
	for _, dir := range dirs {
		if within(dir, path) {
			return true
		}
	}
	return false
}

func readConfig(path string) string {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxConfig {
		return ""
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(data)
}

// replaceUser returns a passwd(5) or group(5) file in which entry stands for id. All other homes stay named but are not
// there.
func replaceUser(text string, id int, entry string) string {
	var b strings.Builder
	b.WriteString(entry + "\n")
	for line := range strings.Lines(text) {
		fields := strings.Split(line, ":")
		if len(fields) > 2 && strings.TrimSpace(fields[2]) == fmt.Sprint(id) {
			continue
		}
		b.WriteString(line)
	}
	return b.String()
}
