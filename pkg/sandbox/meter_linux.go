package sandbox

// meter is a control group of one run.
type meter struct{}

func findMeters() []string                       { return nil }
func newMeter(l limits, parents []string) *meter { return nil }
func (m *meter) add(pid int) error               { return nil }
func (m *meter) killed() bool                    { return false }
func (m *meter) remove()                         {}
