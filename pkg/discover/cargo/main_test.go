package cargo

import (
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

type files = projecttest.Tree
