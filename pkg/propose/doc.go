// Package propose drafts fixes: version upgrades, code patches and configuration changes.
package propose
