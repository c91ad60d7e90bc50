package python

// site is where installed packages lie.
type site struct{}

// metadata takes the edges of l from the metadata of installed packages, and tells why where they are not there.
func (r *reading) metadata(l *lock, why string) {
	l.gap(0, "%s", why)
}
