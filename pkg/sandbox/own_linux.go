package sandbox

import (
	"os"
	"regexp"
	"strings"
)

// The files that a container engine puts into each container, from a directory that it names by the container's id.
var engineFiles = []string{"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}

var containerID = regexp.MustCompile(`(?:^|[/-])([0-9a-f]{64})(?:$|[/.])`)

// ownContainers returns what may be the id of the container that this process is in, the surest first.
func ownContainers() []string {
	var ids []string
	if data, err := os.ReadFile("/proc/self/mountinfo"); err == nil {
		ids = append(ids, idsOfMounts(string(data))...)
	}
	if data, err := os.ReadFile("/proc/self/cgroup"); err == nil {
		ids = append(ids, idsOfGroups(string(data))...)
	}
	if name, err := os.Hostname(); err == nil && len(name) == 12 && strings.Trim(name, "0123456789abcdef") == "" {
		ids = append(ids, name)
	}
	return ids
}

// idsOfMounts reads proc_pid_mountinfo(5). The mounts of other containers show on the engine's host, elsewhere.
func idsOfMounts(text string) []string {
	var ids []string
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			continue
		}
		for _, name := range engineFiles {
			if m := containerID.FindStringSubmatch(fields[3]); fields[4] == name && m != nil {
				ids = append(ids, m[1])
			}
		}
	}
	return ids
}

// idsOfGroups reads cgroups(7).
func idsOfGroups(text string) []string {
	var ids []string
	for line := range strings.Lines(text) {
		_, path, _ := strings.Cut(line, ":")
		_, path, _ = strings.Cut(path, ":")
		if m := containerID.FindStringSubmatch(strings.TrimSpace(path)); m != nil {
			ids = append(ids, m[1])
		}
	}
	return ids
}
