package sandbox

import (
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ownerLabel marks what this package makes in a container engine with the process that it is for.
const ownerLabel = "dev.fettle.sandbox.owner"

// owner names a process so that another, later, can tell whether it still lives: boot, PID namespace, container, process id
// and the tick it was started at.
type owner struct {
	boot, namespace, container string
	pid                        int
	started                    string
}

func (o owner) String() string {
	return fmt.Sprintf("%s %s %s %d %s", o.boot, o.namespace, o.container, o.pid, o.started)
}

func parseOwner(text string) (owner, bool) {
	f := strings.Split(text, " ")
	if len(f) != 5 {
		return owner{}, false
	}
	pid, err := strconv.Atoi(f[3])
	return owner{f[0], f[1], f[2], pid, f[4]}, err == nil && pid > 0
}

// thisOwner names the calling process. container is the id of the container that it is in, or "".
func thisOwner(container string) owner {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	var st unix.Stat_t
	_ = unix.Stat("/proc/self/ns/pid", &st)
	pid := os.Getpid()
	return owner{strings.TrimSpace(string(boot)), fmt.Sprint(st.Ino), container, pid, startOf(pid)}
}

// startOf returns the tick that a process was started at, the 22nd field of proc_pid_stat(5), and "" for one that is gone.
func startOf(pid int) string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	text := string(data)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 20 {
		return ""
	}
	return fields[19]
}

// gone reports whether o is known not to live any more, seen from self.
func (e *engine) gone(o, self owner) bool {
	switch {
	case o.boot != self.boot:
		return true
	case o.namespace == self.namespace && o.container == self.container:
		return startOf(o.pid) != o.started
	case o.container != "":
		var c containerInfo
		err := e.call("GET", "/containers/"+o.container+"/json", nil, nil, &c)
		return absent(err) || err == nil && !c.State.Running
	}
	return false
}

// sweep removes the containers and volumes of processes that are gone: a killed process leaves those that never started.
func (e *engine) sweep(self owner) {
	filter := url.Values{"all": {"true"}, "filters": {fmt.Sprintf(`{"label":[%q]}`, ownerLabel)}}
	type labelled struct {
		ID, Name string
		Labels   map[string]string
	}
	var containers []labelled
	if e.call("GET", "/containers/json", filter, nil, &containers) == nil {
		for _, c := range containers {
			if o, ok := parseOwner(c.Labels[ownerLabel]); ok && e.gone(o, self) {
				e.remove(c.ID)
			}
		}
	}
	var volumes struct{ Volumes []labelled }
	if e.call("GET", "/volumes", filter, nil, &volumes) == nil {
		for _, v := range volumes.Volumes {
			if o, ok := parseOwner(v.Labels[ownerLabel]); ok && e.gone(o, self) {
				_ = e.call("DELETE", "/volumes/"+v.Name, nil, nil, nil)
			}
		}
	}
}

// remove ends and removes a container and the volumes that have no name, and waits until it is gone: its other volumes cannot
// be removed before.
func (e *engine) remove(id string) {
	err := e.call("DELETE", "/containers/"+id, url.Values{"force": {"1"}, "v": {"1"}}, nil, nil)
	if err != nil && !absent(err) {
		_ = e.call("POST", "/containers/"+id+"/wait", url.Values{"condition": {"removed"}}, nil, nil)
	}
}
