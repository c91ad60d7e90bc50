package syntax

// readPython fills in f from the tree.
func readPython(t *Tree, f *File) {
}
