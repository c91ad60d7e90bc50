// Package java tells how far Java programs get into the packages of their Maven and Gradle projects, class by class.
package java
