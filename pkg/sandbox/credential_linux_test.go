package sandbox

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCredentialsBesideAToolchainAreNotReadable(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	gems := filepath.Join(base, "gems")
	write(t, gems, map[string]string{"specifications/a": "settings", "credentials": "token"})
	for _, v := range []variant{mappedRoot, ownUser, plainProcess} {
		t.Run(v.String(), func(t *testing.T) {
			dir := place(t)
			s := only(t, v, Options{Env: func(name string) (string, bool) {
				if name == "GEM_HOME" {
					return gems, true
				}
				return os.LookupEnv(name)
			}})
			if res := s.attack(t, dir, Command{}, "read", filepath.Join(gems, "specifications/a")); res.Output != "settings" {
				t.Errorf("the toolchain is not readable: %+v", res)
			}
			secret := filepath.Join(gems, "credentials")
			if got := outside(t, dir, "read", secret); got != "token" {
				t.Fatalf("outside: %q", got)
			}
			if res := s.attack(t, dir, Command{}, "read", secret); res.Code == 0 && res.Output != "" {
				t.Errorf("credentials are readable: %+v", res)
			}
		})
	}
}
