// Package composer reads what Composer locks, declares and installs for PHP.
package composer
