//go:build unix

package main

import "os"

// mavenVersions moves the parent, the properties and the dependencies of pom.xml to the newest releases with the plugin for it.
func mavenVersions(b *bench, t *trial) error {
	_, err := command(t.ctx, t.dir, os.Environ(), "mvn", "-B", "-ntp", "-q", "-DgenerateBackupPoms=false",
		"versions:update-parent", "versions:update-properties", "versions:use-latest-releases")
	return err
}
