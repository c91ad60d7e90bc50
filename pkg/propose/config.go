package propose

import (
	"fmt"
	"time"
)

// Config is the section "propose" of fettle.yaml. Its zero value is the default.
type Config struct {
	CooldownDays *int `yaml:"cooldown_days"` // no version younger than this many days, unless the finding is exploited; nil is 7
	Alternatives *int `yaml:"alternatives"`  // how many other ways to derive for a fix that matters, so that a person may choose; nil is 2
}

// Validate checks values that are out of range.
func (c Config) Validate() error {
	if d := c.CooldownDays; d != nil && (*d < 0 || *d > 365) {
		return fmt.Errorf("propose.cooldown_days %d; want 0 to 365", *d)
	}
	if n := c.Alternatives; n != nil && (*n < 0 || *n > 10) {
		return fmt.Errorf("propose.alternatives %d; want 0 to 10", *n)
	}
	return nil
}

func (c Config) cooldown() time.Duration {
	days := 7
	if c.CooldownDays != nil {
		days = *c.CooldownDays
	}
	return time.Duration(days) * 24 * time.Hour
}

func (c Config) alternatives() int {
	if c.Alternatives != nil {
		return *c.Alternatives
	}
	return 2
}
