// Package symbols reads overlays that name the functions, methods and types in which a weakness is.
package symbols
