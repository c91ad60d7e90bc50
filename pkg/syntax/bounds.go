package syntax

import "time"

// MaxSource is the largest text that is parsed, in bytes. Larger ones are generated or bundled.
const MaxSource = 2 << 20

const (
	maxTime  = 5 * time.Second
	maxNodes = 4_000_000
	maxDepth = 5_000

	missing = 0 // the number of the end of the text, which no other node has: a token that the parser had to make up
)
