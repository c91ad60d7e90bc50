package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/fettle-dev/fettle/pkg/deliver"
	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// target is what scan looks at instead of a repository; at most one is named.
type target struct{ sbom, rootfs, image string }

func (t *target) flags(f *flag.FlagSet) {
	f.StringVar(&t.sbom, "sbom", "", "look at this bill of materials (CycloneDX or SPDX) and at nothing else; a `file`")
	f.StringVar(&t.rootfs, "rootfs", "", "look at the operating system's packages below this `folder` and at nothing else")
	f.StringVar(&t.image, "image", "", "look at the operating system's packages of this container image and at nothing else; a `file` of docker save, an OCI archive or layout")
}

// named returns the flag that is given and its value; "" is none.
func (t target) named() (name, value string, err error) {
	for _, one := range []struct{ name, value string }{{"--sbom", t.sbom}, {"--rootfs", t.rootfs}, {"--image", t.image}} {
		switch {
		case one.value == "":
		case name != "":
			return "", "", usagef("%s and %s: want one of them; run fettle scan for each", name, one.name)
		default:
			name, value = one.name, one.value
		}
	}
	return name, value, nil
}

// scanTarget is runScan for what is no repository. Configuration and database are those of the place where the program was
// started: what is looked at has no say in how it is judged.
func scanTarget(ctx context.Context, env *environment, o *options) error {
	name, value, err := o.target.named()
	if err != nil {
		return err
	}
	if o.path != "." || o.base != "" {
		return usagef("%s looks at %s and at nothing else; leave out the path and --base", name, value)
	}
	info, err := os.Stat(env.abs(value))
	switch {
	case err != nil:
		return usagef("%s %s: there is no such file or folder", name, value)
	case name == "--sbom" && info.IsDir():
		return usagef("%s %s: is a folder; want a file", name, value)
	case name == "--rootfs" && !info.IsDir():
		return usagef("%s %s: is a file; want the folder of a root file system", name, value)
	}
	at, err := locate(ctx, env, ".", false)
	if err != nil {
		return err
	}
	c, err := diskConfig(env, o.config, at.top)
	if err != nil {
		return err
	}
	s, err := o.begin(ctx, env, at, c, true, o.open)
	if err != nil {
		return err
	}
	defer s.end()
	s.pipeline.Discover = append(s.pipeline.Discover, o.target.discoverer(env, s))
	r, err := s.run(ctx, fettle.Repo{Dir: env.abs(value)})
	if err != nil {
		return err
	}
	return verdict(env, s.policy(), r)
}

func (t target) discoverer(env *environment, s *session) fettle.Discoverer {
	switch {
	case t.sbom != "":
		return discover.SBOM{Database: s.db.advisories, File: env.abs(t.sbom)}
	case t.rootfs != "":
		return discover.RootFS{Database: s.db.advisories, Dir: env.abs(t.rootfs), Temp: s.temp}
	}
	return discover.Image{Database: s.db.advisories, File: env.abs(t.image), Temp: s.temp}
}

// inventory delivers CycloneDX, under the name of what was looked at.
type inventory struct {
	env     *environment
	options *options
	out     io.Writer
}

// Deliver writes the inventory of r. Its time is that of the commit, where the tree is exactly one, so that the same
// commit gives the same bytes; SOURCE_DATE_EPOCH overrides it.
func (i inventory) Deliver(ctx context.Context, r fettle.Report) error {
	name, when, err := i.options.stamp(ctx, i.env, r)
	if err != nil {
		return err
	}
	return deliver.CycloneDX{Out: i.out, Name: name, Time: when}.Deliver(ctx, r)
}

// statements writes a report as VEX.
type statements struct {
	env     *environment
	options *options
	out     io.Writer
	openVEX bool
}

// Deliver writes what is known of the findings of r, at the time that inventory takes.
func (s statements) Deliver(ctx context.Context, r fettle.Report) error {
	_, when, err := s.options.stamp(ctx, s.env, r)
	if err != nil {
		return err
	}
	c := s.options.told
	v := deliver.OpenVEX{Out: s.out, Author: c.Author, Role: c.Role, NotImported: c.NotImported, Time: when}
	if len(c.Products) > 0 {
		v.Product = c.Products[0]
	} else if at, err := locate(ctx, s.env, s.options.path, true); err == nil && s.options.target == (target{}) {
		v.Product = at.purl(ctx, r.Commit)
	}
	if s.openVEX {
		return v.Deliver(ctx, r)
	}
	return deliver.CycloneDXVEX(v).Deliver(ctx, r)
}

// stamp names what was looked at, and the time that documents about it bear.
func (o *options) stamp(ctx context.Context, env *environment, r fettle.Report) (name string, when time.Time, err error) {
	when = env.now()
	if _, value, err := o.target.named(); err == nil && value != "" {
		name = filepath.Base(env.abs(value))
	} else if at, err := locate(ctx, env, o.path, true); err == nil {
		name = filepath.Base(at.top)
		if at.git != nil && r.Commit != "" {
			if of, err := at.git.Time(ctx, r.Commit); err == nil {
				when = of
			}
		}
	}
	if epoch := env.getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return name, when, fmt.Errorf("SOURCE_DATE_EPOCH is %.40q; want seconds since 1970", epoch)
		}
		when = time.Unix(seconds, 0)
	}
	return name, when, nil
}
