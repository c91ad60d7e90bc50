package main

import (
	"context"

	"github.com/fettle-dev/fettle/pkg/decide"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// session is what a run holds until it ends.
type session struct {
	env      *environment
	config   config
	db       *intelligence
	temp     string // a folder of the run's own; "" for a scan, which needs none
	say      *progress
	out      *outputs
	pipeline *fettle.Pipeline // with the stages of a scan; its deliverers are those that the flags ask for
	ends     []func()
}

// begin puts the flags over the configuration, opens the database and what the run writes to, and wires the stages of a
// scan. The caller ends the session.
func (o *options) begin(ctx context.Context, env *environment, at place, c config, temporary bool,
	open func(ctx context.Context, env *environment, at place) (*intelligence, error)) (*session, error) {
	s := &session{env: env, config: c, say: newProgress(env, o.quiet)}
	if err := s.begin(ctx, o, at, temporary, open); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (s *session) begin(ctx context.Context, o *options, at place, temporary bool,
	open func(ctx context.Context, env *environment, at place) (*intelligence, error)) (err error) {
	if err := o.apply(&s.config); err != nil {
		return err
	}
	if s.db, err = open(ctx, s.env, at); err != nil {
		return err
	}
	s.ends = append(s.ends, func() { s.db.Close() })
	if temporary {
		temp, remove, err := scratch()
		if err != nil {
			return err
		}
		s.temp, s.ends = temp, append(s.ends, remove)
	}
	if s.out, err = o.outputs(s.env); err != nil {
		return err
	}
	s.ends = append(s.ends, s.out.discard, s.say.done)
	s.pipeline = scanStages(s.env, s.db, s.config)
	s.pipeline.Only = o.only
	s.pipeline.Deliver = append([]fettle.Deliverer{s.say}, s.out.deliverers...)
	return nil
}

// reads adds the stages that read a repository. The tree in dir is the one whose word counts; "" is none.
func (s *session) reads(ctx context.Context, o *options, at place, dir string) error {
	vendors, err := vendorDocuments(s.env, o.vex)
	if err != nil {
		return err
	}
	t, err := trust(dir, s.config, vendors)
	if err != nil {
		return err
	}
	if at.git != nil {
		if head, err := at.git.Commit(ctx, "HEAD"); err == nil {
			t.vex.Products = append(t.vex.Products, at.purl(ctx, head))
		}
	}
	s.treeStages(t, at.path != "" || o.only != "")
	return nil
}

// end lets go of all that the session holds, the last first.
func (s *session) end() {
	for i := len(s.ends) - 1; i >= 0; i-- {
		s.ends[i]()
	}
	s.ends = nil
}

// run takes repo through the pipeline and puts what was written in its place.
func (s *session) run(ctx context.Context, repo fettle.Repo) (fettle.Report, error) {
	r, err := s.pipeline.Run(ctx, repo)
	if err != nil {
		return r, err
	}
	return r, s.out.commit()
}

func (s *session) policy() decide.Policy { return policy(s.env, s.config) }
