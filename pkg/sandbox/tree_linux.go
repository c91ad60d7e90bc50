package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// tree returns the processes of a run other than the calling supervisor.
func tree(s spec) []int {
	self := os.Getpid()
	if s.Level != Plain {
		var pids []int
		for _, pid := range processList() {
			if pid != self {
				pids = append(pids, pid)
			}
		}
		return pids
	}
	return descendants(self)
}

// processList returns the process ids that /proc shows.
func processList() []int {
	f, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// descendants returns the processes below root. Orphans hang below it as well, for it inherits them.
func descendants(root int) []int {
	children := map[int][]int{}
	for _, pid := range processList() {
		if parent, ok := parentOf(pid); ok {
			children[parent] = append(children[parent], pid)
		}
	}
	var all []int
	next := []int{root}
	for len(next) > 0 {
		pid := next[0]
		next = next[1:]
		all = append(all, children[pid]...)
		next = append(next, children[pid]...)
		delete(children, pid)
	}
	return all
}

// threadsOf returns how many threads of a user are visible.
func threadsOf(user int) int {
	n := 0
	for _, pid := range processList() {
		var st unix.Stat_t
		dir := fmt.Sprintf("/proc/%d/task", pid)
		if unix.Stat(dir, &st) != nil || int(st.Uid) != user {
			continue
		}
		n += max(int(st.Nlink)-2, 1) // a directory for each thread
	}
	return n
}

func parentOf(pid int) (int, bool) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	return parseParent(data)
}

// parseParent reads the parent of a line of /proc/pid/stat. The name, in parentheses, is the process's to choose.
func parseParent(stat []byte) (int, bool) {
	i := bytes.LastIndexByte(stat, ')')
	if i < 0 {
		return 0, false
	}
	fields := bytes.Fields(stat[i+1:])
	if len(fields) < 2 {
		return 0, false
	}
	parent, err := strconv.Atoi(string(fields[1]))
	return parent, err == nil
}

// killTree ends all descendants. It first stops them, so that none forks while the others end.
func killTree() {
	self := os.Getpid()
	for {
		below := descendants(self)
		for _, pid := range below {
			_ = unix.Kill(pid, unix.SIGSTOP)
		}
		for _, pid := range below {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		for {
			var ws unix.WaitStatus
			pid, err := unix.Wait4(-1, &ws, unix.WNOHANG, nil)
			if err == unix.ECHILD {
				return
			}
			if pid <= 0 && err != unix.EINTR {
				break
			}
		}
		// Killed processes take a moment to be reaped.
		_ = unix.Nanosleep(&unix.Timespec{Nsec: 1e6}, nil)
	}
}

// memoryOf adds up the memory that belongs to the processes: what no file on a disk stands behind. Forked processes share
// much of it until they write, so a sum above limit is taken again with each page divided among those who share it.
func memoryOf(pids []int, limit int64) int64 {
	sum, again := int64(0), int64(0)
	for _, pid := range pids {
		sum += resident(pid)
	}
	if sum <= limit {
		return sum
	}
	for _, pid := range pids {
		if n, ok := proportional(pid); ok {
			again += n
		} else {
			again += resident(pid)
		}
	}
	return again
}

// resident returns the anonymous and shared bytes of a process.
func resident(pid int) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	n, _ := sumFields(data, "RssAnon:", "RssShmem:")
	return n
}

// proportional returns the same with each page divided by the processes that share it.
func proportional(pid int) (int64, bool) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, false
	}
	return sumFields(data, "Pss_Anon:", "Pss_Shmem:")
}

// sumFields adds up lines of proc(5) that read "Name:  12 kB", in bytes, and reports whether there are any.
func sumFields(text []byte, names ...string) (int64, bool) {
	var sum int64
	found := false
	for line := range bytes.Lines(text) {
		for _, name := range names {
			rest, ok := bytes.CutPrefix(line, []byte(name))
			if !ok {
				continue
			}
			fields := bytes.Fields(rest)
			if len(fields) == 0 {
				continue
			}
			if kb, err := strconv.ParseInt(string(fields[0]), 10, 48); err == nil {
				sum += kb << 10
				found = true
			}
		}
	}
	return sum, found
}
