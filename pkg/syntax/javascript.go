package syntax

// readJavaScript fills in f from the tree.
func readJavaScript(t *Tree, f *File) {
}
