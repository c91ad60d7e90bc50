package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/sys/unix"
)

// errUnmapped says that a file system cannot be mounted with mapped owners.
var errUnmapped = errors.New("the file system of the copy cannot be mounted with mapped owners")

// enterView builds the file system that the command sees and makes it the root. It needs a mount namespace of its own.
func enterView(s spec) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts private: %w", err)
	}
	v := view{spec: s, top: s.Scratch}
	if err := v.build(); err != nil {
		return err
	}
	if err := unix.Chdir(v.top); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leave the old root: %w", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return err
	}
	const flags = unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV
	if err := unix.Mount("", "/", "", flags, ""); err != nil {
		return fmt.Errorf("make the root read-only: %w", err)
	}
	return nil
}

type view struct {
	spec
	top string // where the new root is built
}

// build mounts in the order in which one thing lies in another, and leaves symbolic links to the end, so that no path
// of the new root leads through one.
func (v view) build() error {
	if err := v.tmpfs("", "mode=755,size=16m"); err != nil {
		return err
	}
	type step struct {
		path string
		do   func(string) error
	}
	private := fmt.Sprintf("mode=1777,size=%d", max(v.Limits.Memory/2, 64<<20))
	home := fmt.Sprintf("mode=700,uid=%d,gid=%d,size=%d", v.User, v.Group, max(v.Limits.Memory/2, 64<<20))
	steps := []step{
		{"/tmp", func(p string) error { return v.tmpfs(p, private) }},
		{v.Home, func(p string) error { return v.tmpfs(p, home) }},
		{"/dev", v.devices},
		{"/proc", v.processes},
		{v.Root, v.writable},
	}
	links := map[string]string{}
	for _, path := range v.ReadOnly {
		if within(v.Root, path) || v.Cache != "" && within(v.Cache, path) {
			continue
		}
		if target, err := os.Readlink(path); err == nil {
			links[path] = target
			continue
		}
		steps = append(steps, step{path, v.readOnly})
	}
	if v.Cache != "" && v.Cache != v.Root {
		steps = append(steps, step{v.Cache, v.cached})
	}
	for _, path := range []string{"/sys/devices/system/cpu", "/sys/devices/system/node"} {
		if _, err := os.Stat(path); err == nil {
			steps = append(steps, step{path, v.readOnly})
		}
	}
	sort.SliceStable(steps, func(i, j int) bool { return depth(steps[i].path) < depth(steps[j].path) })
	for _, s := range steps {
		if err := s.do(s.path); err != nil {
			return fmt.Errorf("mount %s: %w", s.path, err)
		}
	}
	if err := v.files(); err != nil {
		return err
	}
	for _, path := range v.Hidden {
		if err := v.cover(path); err != nil {
			return fmt.Errorf("cover %s: %w", path, err)
		}
	}
	links["/var/tmp"] = "/tmp"
	for path, target := range links {
		if err := os.MkdirAll(filepath.Dir(v.top+path), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(target, v.top+path); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}

func depth(path string) int { return strings.Count(path, "/") }

func (v view) tmpfs(path, options string) error {
	if err := os.MkdirAll(v.top+path, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", v.top+path, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mount a private %s: %w", path, err)
	}
	return nil
}

// place makes the point that path is mounted on: a file for a file, a directory for a directory.
func (v view) place(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	target := v.top + path
	if info.IsDir() {
		return target, os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return "", err
	}
	f, err := os.OpenFile(target, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return "", err
	}
	return target, f.Close()
}

func (v view) readOnly(path string) error {
	target, err := v.place(path)
	if err != nil {
		return err
	}
	if err := unix.Mount(path, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	return restrict(target, true)
}

func (v view) writable(path string) error {
	target, err := v.place(path)
	if err != nil {
		return err
	}
	if v.Mapped {
		return mountMapped(path, target, 0)
	}
	if err := unix.Mount(path, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	return restrict(target, false)
}

// cached mounts the cache. Its owners are mapped offline as well: the fetch phase may have made files that their owner
// alone can read.
func (v view) cached(path string) error {
	switch {
	case v.Network:
		return v.writable(path)
	case !v.Mapped:
		return v.readOnly(path)
	}
	target, err := v.place(path)
	if err != nil {
		return err
	}
	return mountMapped(path, target, unix.MOUNT_ATTR_RDONLY)
}

// mountMapped mounts a directory so that the caller's files in it belong to the sandbox's user, and files that this
// user makes belong to the caller on disk. The attributes are those of mount_setattr(2).
func mountMapped(path, target string, attributes uint64) error {
	tree, err := unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(tree)
	attr := unix.MountAttr{
		Attr_set:  unix.MOUNT_ATTR_IDMAP | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV | attributes,
		Userns_fd: mappingFD,
	}
	if err := unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH, &attr); err != nil {
		return fmt.Errorf("%w: %v", errUnmapped, err)
	}
	return unix.MoveMount(tree, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH)
}

// restrict takes set-user-id programs, devices and, if asked, writing away from target and all mounts in it.
func restrict(target string, readOnly bool) error {
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV}
	if readOnly {
		attr.Attr_set |= unix.MOUNT_ATTR_RDONLY
	}
	err := unix.MountSetattr(unix.AT_FDCWD, target, unix.AT_RECURSIVE, &attr)
	if !errors.Is(err, unix.ENOSYS) {
		return err
	}
	points, err := mountPoints(target)
	if err != nil {
		return err
	}
	for _, p := range points {
		if err := remount(p, readOnly); err != nil {
			return fmt.Errorf("restrict %s: %w", p, err)
		}
	}
	return nil
}

// remount does for one mount what restrict does, on kernels before 5.12. Flags that are set stay: a user namespace may
// not drop them.
func remount(target string, readOnly bool) error {
	var st unix.Statfs_t
	if err := unix.Statfs(target, &st); err != nil {
		return err
	}
	flags := uintptr(unix.MS_REMOUNT | unix.MS_BIND | unix.MS_NOSUID | unix.MS_NODEV)
	for st_, ms := range map[int64]uintptr{
		unix.ST_RDONLY: unix.MS_RDONLY, unix.ST_NOEXEC: unix.MS_NOEXEC, unix.ST_NOATIME: unix.MS_NOATIME,
		unix.ST_NODIRATIME: unix.MS_NODIRATIME, unix.ST_RELATIME: unix.MS_RELATIME,
	} {
		if int64(st.Flags)&st_ != 0 {
			flags |= ms
		}
	}
	if readOnly {
		flags |= unix.MS_RDONLY
	}
	return unix.Mount("", target, "", flags, "")
}

// mountPoints returns target and the mounts below it, as proc(5) lists them.
func mountPoints(target string) ([]string, error) {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	return parseMountPoints(string(data), target), nil
}

func parseMountPoints(mountinfo, target string) []string {
	unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	var points []string
	for line := range strings.Lines(mountinfo) {
		if fields := strings.Fields(line); len(fields) > 4 {
			if p := unescape.Replace(fields[4]); within(target, p) {
				points = append(points, p)
			}
		}
	}
	return points
}
