package sandbox

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// maxSpec bounds what a supervisor in a container is told.
const maxSpec = 64 << 20

// superviseContainer is process 1 of a container. It is told on standard input what to run, and answers on standard output
// how that ended and what changed; what the command says goes to standard error. When standard input ends, so does all.
func superviseContainer() int {
	harden()
	s, err := readOrder(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1) // the parent is gone, and with process 1 the container ends
	}()
	var before []snapshot
	messages, reports, err := os.Pipe()
	s.reports = reports
	s.deliver = func(st status) {
		if st.Error == "" {
			st = withMessages(st, messages)
		}
		answerParent(s, before, st)
	}
	if err != nil {
		end(s, status{Error: err.Error()})
	}
	for _, dir := range s.returned() {
		snap, err := takeSnapshot(dir)
		if err != nil {
			end(s, status{Error: fmt.Sprintf("look at %s: %v", dir, err)})
		}
		before = append(before, snap)
	}
	// Until the clock of the file system has moved on, a change might not show.
	time.Sleep(clockTick)
	files := newDisk(s, time.Now())
	pid, err := begin(s)
	if err != nil {
		end(s, status{Error: err.Error()})
	}
	reports.Close()
	go watch(s)
	go watchDisk(s, files)
	time.AfterFunc(s.Limits.Time, func() {
		end(s, status{Code: -1, Ended: fmt.Sprintf("time limit of %s", s.Limits.Time)})
	})
	st, err := await(pid)
	if err != nil {
		st = status{Error: err.Error()}
	}
	if st.Signal == int(unix.SIGKILL) && kernelKilled() {
		st = status{Code: -1, Ended: outOfMemory(s.Limits.Memory)}
	}
	end(s, st)
	return 0
}

// clockTick is the longest time that the kernel gives two changes the same time.
const clockTick = 11 * time.Millisecond

func readOrder(r io.Reader) (spec, error) {
	var s spec
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return s, fmt.Errorf("read what to run: %w", err)
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxSpec {
		return s, errors.New("read what to run: too long")
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return s, fmt.Errorf("read what to run: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("read what to run: %w", err)
	}
	return s, nil
}

// withMessages lets what the command's process reported come first.
func withMessages(st status, r *os.File) status {
	_ = r.SetReadDeadline(time.Now().Add(time.Second))
	data, _ := io.ReadAll(io.LimitReader(r, 1<<16))
	if m := parseStatus(data); m.Error != "" || m.NotFound != "" {
		return m
	}
	return st
}

// answerParent writes the result to standard output.
func answerParent(s spec, before []snapshot, st status) {
	dirs := s.returned()
	var found []changes
	if len(before) == len(dirs) && st.Error == "" && st.NotFound == "" && !s.Probe {
		total, files := int64(0), 0
		for i, dir := range dirs {
			c, err := before[i].compare(dir)
			if err != nil {
				st = status{Error: fmt.Sprintf("look at what changed: %v", err)}
				break
			}
			total += c.bytes
			files += len(c.made)
			found = append(found, c)
			st.Deleted = append(st.Deleted, c.Deleted)
		}
		st.Changes = st.Error == ""
		if total > s.Limits.Disk || files > s.Limits.Files { // not even what a limit ended is worth the copying
			if st.Ended == "" {
				st.Ended = outOfDisk(s.Limits.Disk)
			}
			st = status{Code: -1, Ended: st.Ended, Done: true}
		}
	}
	w := bufio.NewWriterSize(os.Stdout, 1<<16)
	line, err := json.Marshal(st)
	if err != nil {
		return
	}
	_, _ = w.Write(append(line, '\n'))
	if st.Changes {
		t := tar.NewWriter(w)
		for i, c := range found {
			p := packer{to: t, prefix: strconv.Itoa(i) + "/"}
			for _, rel := range c.made {
				if err := p.file(dirs[i], rel); err != nil {
					fmt.Fprintf(os.Stderr, "sandbox: send back %s: %v\n", rel, err)
					return // the stream has no end, which the parent reports
				}
			}
		}
		_ = t.Close()
	}
	_ = w.Flush()
}

// kernelKilled reports whether the kernel ended a process of this container for want of memory.
func kernelKilled() bool {
	for _, name := range []string{"/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"} {
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		for line := range bytes.Lines(data) {
			if n, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("oom_kill ")); ok && string(n) != "0" {
				return true
			}
		}
	}
	return false
}
