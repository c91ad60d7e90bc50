// Package python drafts upgrades for pip's requirements files, Poetry, uv and Pipenv.
package python
