package sandbox

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	siblingUser = 65534      // nobody
	programDir  = "/.fettle" // where this program is mounted in a container whose image lacks it
	programName = "fettle"   // in programDir
)

// sibling is a container engine in which each run is a container of its own, beside the one that this process may be in.
type sibling struct {
	engine  *engine
	log     func(string, ...any)
	owner   owner
	own     *containerInfo // the container that this process is in
	image   string         // the id of the image that runs are made from
	title   string         // its name
	env     func(string) (string, bool)
	program string // this program, inside
	shared  []mount
	sized   bool // volumes can be bounded in size
	cache   kept
	copy    kept // holds program, where the image does not
}

// volume is a directory of the engine, in which one belongs to the sandbox's user. That one is reached by its path on the
// engine's side: the top of a volume stays root's.
type volume struct {
	Name       string
	Mountpoint string
}

// kept is a volume that lives as long as the Sandbox.
type kept struct {
	volume
	once sync.Once
	err  error
}

const (
	volumeTop = "/.volume" // where a container has the volume of its copy as well, to be filled
	volumeDir = "content"
)

// bind is what makes the directory of a volume appear at path in a container.
func (v volume) bind(path, mode string) string {
	return v.Mountpoint + "/" + volumeDir + ":" + path + ":" + mode
}

// top is the whole volume, to fill it.
func (v volume) top() mount {
	return mount{Type: "volume", Source: v.Name, Target: volumeTop, VolumeOptions: &volumeOptions{NoCopy: true}}
}

type containerInfo struct {
	ID    string
	Image string
	State struct {
		Running   bool
		OOMKilled bool
	}
	Config     struct{ Image string }
	HostConfig struct{ NetworkMode string }
	Mounts     []struct{ Type, Source, Destination string }
}

type imageInfo struct {
	ID       string `json:"Id"`
	RepoTags []string
	Config   struct{ Env []string }
}

var errNoEngine = errors.New("no container engine")

// findSibling looks for a container engine and an image to make runs from.
func findSibling(o Options) (*sibling, error) {
	socket := engineSocket(o.Env)
	if info, err := os.Stat(socket); err != nil || info.Mode()&os.ModeSocket == 0 {
		return nil, errNoEngine
	}
	s := &sibling{engine: newEngine(socket), log: o.Log, env: o.Env}
	name := o.Image
	for _, id := range ownContainers() {
		var c containerInfo
		if err := s.engine.call("GET", "/containers/"+id+"/json", nil, nil, &c); err == nil && c.State.Running {
			s.own = &c
			break
		} else if err != nil && !absent(err) {
			return nil, err
		}
	}
	if name == "" {
		if s.own == nil {
			return nil, errors.New("this process is in no container of the engine, and no image is named")
		}
		name = s.own.Image
	}
	if err := s.chooseImage(name, o.Pull); err != nil {
		return nil, err
	}
	if s.own != nil {
		s.owner = thisOwner(s.own.ID)
		s.title = s.own.Config.Image
	} else {
		s.owner = thisOwner("")
	}
	if o.Image != "" {
		s.title = o.Image
	}
	s.engine.sweep(s.owner)
	return s, s.chooseProgram(o.Image == "")
}

// chooseImage asks for an image by name. Its variables take the place of this process's where it is another's.
func (s *sibling) chooseImage(name string, pull bool) error {
	var info imageInfo
	err := s.engine.call("GET", "/images/"+name+"/json", nil, nil, &info)
	if absent(err) && pull {
		s.log("sandbox: pull image %s", name)
		if err = s.engine.call("POST", "/images/create", url.Values{"fromImage": {name}}, nil, nil); err == nil {
			err = s.engine.call("GET", "/images/"+name+"/json", nil, nil, &info)
		}
	}
	if absent(err) {
		return fmt.Errorf("image %s is not there; pull it first, or let the sandbox pull it", name)
	}
	if err != nil {
		return err
	}
	s.image = info.ID
	if s.own != nil && s.own.Image == info.ID {
		return nil
	}
	vars := map[string]string{}
	for _, kv := range info.Config.Env {
		if name, value, ok := strings.Cut(kv, "="); ok {
			vars[name] = value
		}
	}
	host := s.env
	s.env = func(name string) (string, bool) {
		if v, ok := vars[name]; ok {
			return v, true
		}
		switch name { // what says how the network is reached is this machine's; where tools are is the image's
		case "PATH", "HOME":
			return "", false
		}
		for _, tool := range toolVariables {
			if tool.name == name {
				return "", false
			}
		}
		return host(name)
	}
	return nil
}

// chooseProgram says where runs find this program: in the image, if it is the one that this process is from, else in a volume.
func (s *sibling) chooseProgram(ownImage bool) error {
	path, err := os.Executable()
	if err != nil {
		return err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	if ownImage && s.mountOf(path) == nil && !s.changed(path) {
		s.program = path
		return nil
	}
	s.program = programDir + "/" + programName
	return nil
}

// changed reports whether a file of the own container is not that of its image.
func (s *sibling) changed(path string) bool {
	var list []struct{ Path string }
	err := s.engine.call("GET", "/containers/"+s.own.ID+"/changes", nil, nil, &list)
	if err != nil {
		return true
	}
	for _, c := range list {
		if c.Path == path {
			return true
		}
	}
	return false
}

// mountOf returns what path lies on in the own container, if not on its root.
func (s *sibling) mountOf(path string) *mount {
	if s.own == nil {
		return nil
	}
	var found *mount
	for _, m := range s.own.Mounts {
		if within(m.Destination, path) && (found == nil || len(m.Destination) > len(found.Target)) {
			found = &mount{Type: m.Type, Source: m.Source, Target: m.Destination}
		}
	}
	return found
}

// tools returns the mounts that bring into a run what the own container has programs on: a runner's tool cache is no part
// of the image.
func (s *sibling) tools(readable []string) []mount {
	var all []mount
	for _, path := range readable {
		m := s.mountOf(path)
		if m == nil || m.Source == "" || m.Type != "bind" && m.Type != "volume" {
			continue
		}
		rel, err := filepath.Rel(m.Target, path)
		if err != nil {
			continue
		}
		all = append(all, mount{Type: "bind", Source: filepath.Join(m.Source, rel), Target: path, ReadOnly: true})
	}
	return all
}

// keep makes a volume that lives as long as this process, and lets fill write into it.
func (s *sibling) keep(k *kept, fill func(packer) error) error {
	k.once.Do(func() {
		if k.volume, k.err = s.makeVolume(0); k.err != nil {
			return
		}
		var id string
		id, k.err = s.create(containerBody{Image: s.image, Cmd: []string{"/"}, Labels: s.labels(), HostConfig: hostConfig{
			NetworkMode: "none", Mounts: []mount{k.top()},
		}})
		if k.err != nil {
			return
		}
		defer s.engine.remove(id)
		k.err = s.put(id, fill)
	})
	return k.err
}

// makeVolume makes a volume, of a size where the engine can bound it and size is not 0.
func (s *sibling) makeVolume(size int64) (volume, error) {
	body := map[string]any{"Driver": "local", "Labels": s.labels()}
	if size > 0 && s.sized {
		body["DriverOpts"] = map[string]string{"size": fmt.Sprint(size)}
	}
	var v volume
	err := s.engine.call("POST", "/volumes/create", nil, body, &v)
	if err == nil && (!filepath.IsAbs(v.Mountpoint) || strings.Contains(v.Mountpoint, ":")) {
		err = fmt.Errorf("container engine: its volumes have no path (%q)", v.Mountpoint)
	}
	return v, err
}

func (s *sibling) removeVolume(v volume) error {
	if v.Name == "" {
		return nil
	}
	err := s.engine.call("DELETE", "/volumes/"+v.Name, nil, nil, nil)
	if absent(err) {
		return nil
	}
	return err
}

func (s *sibling) labels() map[string]string { return map[string]string{ownerLabel: s.owner.String()} }

func (s *sibling) create(body containerBody) (string, error) {
	var made struct{ ID string }
	err := s.engine.call("POST", "/containers/create", nil, body, &made)
	return made.ID, err
}

// put has the engine unpack what fill writes into the volume of a container.
func (s *sibling) put(id string, fill func(packer) error) error {
	r, w := io.Pipe()
	packed := make(chan error, 1)
	go func() {
		t := tar.NewWriter(w)
		err := fill(packer{to: t, prefix: volumeDir + "/", owner: siblingUser})
		if err == nil {
			err = t.Close()
		}
		w.CloseWithError(err)
		packed <- err
	}()
	err := s.engine.call("PUT", "/containers/"+id+"/archive", url.Values{"path": {volumeTop}}, r, nil)
	r.CloseWithError(errors.New("the engine reads no more"))
	if e := <-packed; e != nil && err == nil {
		return e
	}
	return err
}

// fillProgram writes this program.
func fillProgram(p packer) error {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	dir := &tar.Header{Name: p.prefix, Typeflag: tar.TypeDir, Mode: 0o755, ModTime: info.ModTime()}
	file := &tar.Header{Name: p.prefix + programName, Typeflag: tar.TypeReg, Mode: 0o755, Size: info.Size(), ModTime: info.ModTime()}
	if err := errors.Join(p.to.WriteHeader(dir), p.to.WriteHeader(file)); err != nil {
		return err
	}
	_, err = io.Copy(p.to, f)
	return err
}

// bounds reports whether the engine can bound the size of a volume, which few file systems let it.
func (s *sibling) bounds() bool {
	s.sized = true
	v, err := s.makeVolume(1 << 30)
	return err == nil && s.removeVolume(v) == nil
}

// close removes what the Sandbox left in the engine.
func (s *sibling) close() error {
	return errors.Join(s.removeVolume(s.cache.volume), s.removeVolume(s.copy.volume))
}

// trySibling makes sibling containers the level, if one runs.
func (s *Sandbox) trySibling() error {
	sib, err := findSibling(s.opts)
	if err != nil {
		return err
	}
	if strings.HasPrefix(sib.program, programDir) {
		if err := sib.keep(&sib.copy, fillProgram); err != nil {
			return errors.Join(err, sib.close())
		}
	}
	if !sib.foreign() {
		sib.shared = sib.tools(readable(sib.env, searchPath(sib.env)))
	}
	sib.sized = sib.bounds()
	if err := s.probeSibling(sib); err != nil {
		s.host.sibling = nil
		return errors.Join(err, sib.close())
	}
	s.level, s.host.variant = Sibling, siblingContainer
	s.lines = s.describe()
	return nil
}

// probeSibling runs nothing in a container.
func (s *Sandbox) probeSibling(sib *sibling) error {
	root, err := os.MkdirTemp(s.opts.Temp, "fettle-probe-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	if root, err = realDir(root); err != nil {
		return err
	}
	s.host.sibling = sib
	c := Command{Timeout: 30 * time.Second}.withDefaults()
	sp, err := s.siblingSpec(root, root, c)
	if err != nil {
		return err
	}
	res, st, err := sib.run(nil, sp, c)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %v %s", errNoLevel, err, res.Output)
	case st.Error != "" || res.Code != 0 || res.Ended != "":
		return fmt.Errorf("%w: status %d %s %s %s", errNoLevel, res.Code, st.Error, res.Ended, res.Output)
	}
	return nil
}

func (s *Sandbox) close() error {
	if s.host.sibling == nil {
		return nil
	}
	return s.host.sibling.close()
}

// describeSibling says what a container holds.
func (s *Sandbox) describeSibling(add func(string, ...any)) {
	sib := s.host.sibling
	add("network off in the test phase, with a loopback of its own (container, network none)")
	add("file system: the copy and private temporary directories writable, the image %s read-only, nothing of this machine visible", sib.title)
	add("processes: those of the run alone are visible, and all end with it (container)")
	add("user: %d, no capabilities, no new privileges", siblingUser)
}
