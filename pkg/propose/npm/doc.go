// Package npm drafts upgrades of npm projects with npm itself.
package npm
