// Package ospkg reads the packages of an operating system from a root file system or a container image: those of dpkg, apk and rpm.
package ospkg
