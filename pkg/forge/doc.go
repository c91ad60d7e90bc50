// Package forge talks to GitHub and GitLab, and knows which CI run it is part of, Jenkins included.
package forge
