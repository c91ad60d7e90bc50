package fettle

// Repo is the tree a run reads. A stage may read below Dir and must never write there.
type Repo struct {
	Dir    string   // absolute path of the tree
	Path   string   // the part of the tree to look at, slash-separated and relative to Dir; "" is all of it
	Skip   []string // files and folders below Dir that are left out, slash-separated: what git ignores and does not track
	Commit string   // the commit that Dir holds; empty where Dir is not exactly one commit
}
