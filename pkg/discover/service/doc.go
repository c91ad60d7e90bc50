// Package service infers what a repository says about the services it holds: exposure, data, business.
package service
