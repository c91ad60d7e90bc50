package sandbox

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

const (
	lookEvery = 50 * time.Millisecond // at the free space, which costs next to nothing
	walkEvery = 2 * time.Second       // through the files, where the free space gives no cause to, and no more than a fiftieth of the time
	keepFree  = 512 << 20             // of each disk, once the run has taken as much
)

// disk adds up what the files take that the run makes or changes.
type disk struct {
	dirs   []string
	limits limits
	since  time.Time
	places []fileSystem // in the order of dirs
	next   time.Time
	bytes  int64 // at the last walk
	files  int
}

// fileSystem is what one had free.
type fileSystem struct {
	first int64 // free bytes at the start
	bytes int64 // at the last walk
	files int64
}

func newDisk(s spec, now time.Time) *disk {
	dirs := s.returned()
	if s.Level == Plain {
		dirs = append(dirs, s.Home, s.Tmp, "/dev/shm")
	}
	// The kernel's clock for files lags behind a little.
	d := &disk{dirs: dirs, limits: s.Limits, since: now.Add(-clockTick), next: now.Add(walkEvery)}
	for _, dir := range dirs {
		bytes, files := freeOf(dir)
		d.places = append(d.places, fileSystem{bytes, bytes, files})
	}
	return d
}

// freeOf returns the free bytes and files of a directory's file system.
func freeOf(dir string) (bytes, files int64) {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return 0, 0
	}
	return int64(st.Bavail) * st.Bsize, int64(st.Ffree)
}

// over looks how much there is, and returns which limit is exceeded, or "".
func (d *disk) over(now time.Time) string {
	walk := now.After(d.next)
	for i, dir := range d.dirs {
		bytes, files := freeOf(dir)
		p := d.places[i]
		if bytes < keepFree && p.first-bytes > keepFree {
			return fmt.Sprintf("disk almost full: %d MiB left", bytes>>20)
		}
		walk = walk || p.bytes-bytes > d.limits.Disk-d.bytes || p.files-files > int64(d.limits.Files-d.files)
	}
	if !walk {
		return ""
	}
	for i, dir := range d.dirs {
		d.places[i].bytes, d.places[i].files = freeOf(dir)
	}
	start := time.Now()
	err := d.count()
	d.next = now.Add(max(walkEvery, 50*time.Since(start)))
	switch {
	case d.bytes > d.limits.Disk:
		return outOfDisk(d.limits.Disk)
	case d.files > d.limits.Files:
		return fmt.Sprintf("disk limit of %d files", d.limits.Files)
	case errors.Is(err, unix.ENAMETOOLONG):
		return "disk limit: directories lie too deep in each other to be counted"
	}
	return ""
}

// count walks the directories.
func (d *disk) count() error {
	type node struct{ device, inode uint64 }
	seen := map[node]bool{}
	d.bytes, d.files = 0, 0
	var all error
	for _, dir := range d.dirs {
		err := walkAll(dir, func(_ string, st *unix.Stat_t) {
			if time.Unix(st.Ctim.Unix()).Before(d.since) {
				return
			}
			if st.Nlink > 1 && st.Mode&unix.S_IFMT != unix.S_IFDIR {
				n := node{uint64(st.Dev), st.Ino}
				if seen[n] {
					return
				}
				seen[n] = true
			}
			d.bytes += st.Blocks * 512
			d.files++
		})
		all = errors.Join(all, err)
	}
	return all
}

// watchDisk ends the run when its files take more than they may.
func watchDisk(s spec, d *disk) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for now := range tick.C {
		if why := d.over(now); why != "" {
			end(s, status{Code: -1, Ended: why})
		}
	}
}
