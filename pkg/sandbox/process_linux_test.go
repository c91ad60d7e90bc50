package sandbox

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// processesOf returns the command lines of living processes that name dir or run a program of it.
func processesOf(dir string) []string {
	var found []string
	for _, pid := range processList() {
		if pid == os.Getpid() {
			continue
		}
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if strings.Contains(string(line), dir) || strings.HasPrefix(exe, dir) {
			found = append(found, fmt.Sprintf("%d %s %s", pid, exe, strings.ReplaceAll(string(line), "\x00", " ")))
		}
	}
	return found
}

func ownerOf(info os.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }
