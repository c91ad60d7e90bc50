package syntax

// readJava fills in f from the tree.
func readJava(t *Tree, f *File) {
}
