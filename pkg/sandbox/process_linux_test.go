package sandbox

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// processesOf returns the command lines of living processes that name dir, run a program of it, or are in it.
func processesOf(dir string) []string {
	var found []string
	for _, pid := range processList() {
		if pid == os.Getpid() {
			continue
		}
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		cwd, _ := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		if strings.Contains(string(line), dir) || strings.HasPrefix(exe, dir) || strings.HasPrefix(cwd, dir) {
			found = append(found, fmt.Sprintf("%d %s %s", pid, exe, strings.ReplaceAll(string(line), "\x00", " ")))
		}
	}
	return found
}

func ownerOf(info os.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }

// processIDsOf returns the living processes that run a program of dir.
func processIDsOf(dir string) []int {
	var found []int
	for _, pid := range processList() {
		if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && strings.HasPrefix(exe, dir) {
			found = append(found, pid)
		}
	}
	return found
}

// state returns the letter of proc(5) for a process, "" for one that is gone or waits to be reaped.
func state(pid int) string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	text := string(data)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) == 0 || fields[0] == "Z" || fields[0] == "X" {
		return ""
	}
	return fields[0]
}
