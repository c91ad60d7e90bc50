// Package python reads what pip, Poetry, uv, PDM and Pipenv lock, and what Python projects declare.
package python
