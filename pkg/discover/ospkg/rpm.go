package ospkg

import "context"

func rpmDatabases() []string { return nil }

func (s *system) rpm(context.Context) (bool, error) { return false, nil }
