package sandbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

const parentName = "sandbox-test-parent"

// playParent is a program that uses the sandbox and waits in it until it is killed.
func playParent(which, dir string) {
	v, err := strconv.Atoi(which)
	if err != nil {
		panic(err)
	}
	o := Options{Env: os.LookupEnv, Level: None}
	if variant(v) == siblingContainer {
		o.Level, o.Image = Sibling, os.Getenv("FETTLE_SANDBOX_IMAGE")
		if o.Image == "" {
			o.Image = "fettle-base:local"
		}
	}
	s, err := New(o)
	if err == nil && variant(v) == siblingContainer {
		_, err = s.Run(context.Background(), dir, Command{Args: []string{"./" + attackName, "daemon-and-wait", filepath.Join(dir, "beat")}})
	} else if err == nil {
		err = s.try(variant(v))
	}
	if err == nil {
		s.host.variant, s.level = variant(v), Namespaces
		if s.host.variant == plainProcess {
			s.level = Plain
		}
		_, err = s.Run(context.Background(), dir, Command{Args: []string{"./" + attackName, "daemon-and-wait", filepath.Join(dir, "beat")}})
	}
	fmt.Println(err)
	os.Exit(1)
}

func TestNothingOutlivesAKilledParent(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		dir := place(t)
		cmd := exec.Command("/proc/self/exe", strconv.Itoa(int(s.host.variant)), dir)
		cmd.Args[0] = parentName
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		waitFor(t, func() bool { return s.livingIn(filepath.Join(dir, "beat")) })
		below := append(descendants(cmd.Process.Pid), processIDsOf(dir)...)
		if want := 3; len(below) < want && s.Level() != Sibling || len(below) < 2 {
			t.Errorf("processes %v; want a supervisor, the command and its daemon", below)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		waitFor(t, func() bool {
			for _, pid := range below {
				if state(pid) != "" {
					return false
				}
			}
			return len(processesOf(dir)) == 0
		})
	})
}
