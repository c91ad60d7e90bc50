package syntax

// readCSharp fills in f from the tree.
func readCSharp(t *Tree, f *File) {
}
