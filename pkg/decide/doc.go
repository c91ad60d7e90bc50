// Package decide applies the repository's policy to a case: ignore, inform, suggest or apply.
package decide
