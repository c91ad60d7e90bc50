// Package jvm drafts upgrades of Maven and Gradle projects by editing versions where they stand.
package jvm
