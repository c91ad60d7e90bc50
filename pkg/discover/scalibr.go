package discover

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/google/osv-scalibr/extractor"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/packagelockjson"
	scalibrfs "github.com/google/osv-scalibr/fs"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// secondOpinion reads the lockfile once more with osv-scalibr's extractor, which knows no edges, and returns a gap for
// each package that it sees and fettle's own reader does not: a package lost between the two would be a silence.
func secondOpinion(ctx context.Context, root, file string, data []byte, lock *npmLock) (gaps []fettle.Gap) {
	packages, err := scalibrPackages(ctx, root, file, data)
	if err != nil {
		return []fettle.Gap{gap(file, 0, "osv-scalibr cannot read it: "+err.Error())}
	}
	mine := map[string]bool{}
	for _, e := range lock.entries {
		mine[fettle.Package{Name: e.name, Version: e.version}.String()] = true
	}
	for _, pkg := range packages {
		name := fettle.Package{Name: pkg.Name, Version: pkg.Version}.String()
		if pkg.Version != "" && !mine[name] {
			gaps = append(gaps, gap(file, 0, fmt.Sprintf("osv-scalibr reads %s here and fettle does not, so it was not checked", name)))
		}
	}
	slices.SortFunc(gaps, func(a, b fettle.Gap) int { return slices.Compare([]string{a.Reason}, []string{b.Reason}) })
	return gaps
}

// scalibrPackages is the extractor's answer. It panics on some malformed aliases, which is an error here.
func scalibrPackages(ctx context.Context, root, file string, data []byte) (packages []*extractor.Package, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	e, err := packagelockjson.New(nil)
	if err != nil {
		return nil, err
	}
	dir := path.Dir(path.Join(root, file))
	inventory, err := e.Extract(ctx, &filesystem.ScanInput{
		FS: scalibrfs.DirFS(dir), Path: path.Base(file), Root: dir, Reader: bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))),
	})
	return inventory.Packages, err
}
