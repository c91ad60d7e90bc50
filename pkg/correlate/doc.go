// Package correlate attaches threat intelligence to findings: CVSS, EPSS, KEV and VEX.
package correlate
