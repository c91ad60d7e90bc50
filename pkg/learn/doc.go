// Package learn estimates from a team's own judgements which findings it calls relevant.
package learn
