// Package composer drafts fixes of PHP packages with Composer.
package composer
