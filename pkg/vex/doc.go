// Package vex reads and writes VEX statements: OpenVEX and CycloneDX.
package vex
