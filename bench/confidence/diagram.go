package main

import (
	"fmt"
	"strings"
)

// diagram draws bins: what was predicted against what came, with 95% intervals, and the line on which both agree.
func diagram(list []bin) string {
	const size, edge = 360.0, 56.0
	low := 1.0
	for _, b := range list {
		low = min(low, b.from, b.mean)
	}
	low = float64(int(low*10)) / 10
	x := func(p float64) float64 { return edge + (p-low)/(1-low)*size }
	y := func(p float64) float64 { return 20 + size - (p-low)/(1-low)*size }
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-family="sans-serif" font-size="12">`+"\n", size+edge+24, size+edge+24, size+edge+24, size+edge+24)
	fmt.Fprintf(&s, `<title>Predicted probability against the share that broke nothing, on upgrades held out</title>`+"\n")
	fmt.Fprintf(&s, `<rect width="100%%" height="100%%" fill="#fff"/>`+"\n")
	steps := 5
	for i := range steps + 1 {
		p := low + (1-low)*float64(i)/float64(steps)
		fmt.Fprintf(&s, `<path d="M%.1f %.1fV%.1fM%.1f %.1fH%.1f" stroke="#ddd"/>`+"\n", x(p), y(low), y(1), x(low), y(p), x(1))
		fmt.Fprintf(&s, `<text x="%.1f" y="%.1f" text-anchor="middle">%.2f</text><text x="%.1f" y="%.1f" text-anchor="end">%.2f</text>`+"\n", x(p), y(low)+18, p, x(low)-6, y(p)+4, p)
	}
	fmt.Fprintf(&s, `<path d="M%.1f %.1fL%.1f %.1f" stroke="#888" stroke-dasharray="5 4"/>`+"\n", x(low), y(low), x(1), y(1))
	for _, b := range list {
		fmt.Fprintf(&s, `<path d="M%.1f %.1fV%.1f" stroke="#1a5fb4" stroke-width="2"/>`+"\n", x(b.mean), y(b.from), y(b.to))
		fmt.Fprintf(&s, `<circle cx="%.1f" cy="%.1f" r="4.5" fill="#1a5fb4"><title>%d upgrades: predicted %.3f, came %.3f</title></circle>`+"\n", x(b.mean), y(b.clean), b.n, b.mean, b.clean)
	}
	fmt.Fprintf(&s, `<text x="%.1f" y="%.1f" text-anchor="middle">predicted</text>`+"\n", x((1+low)/2), y(low)+38)
	fmt.Fprintf(&s, `<text transform="translate(14 %.1f) rotate(-90)" text-anchor="middle">broke nothing</text>`+"\n", y((1+low)/2))
	fmt.Fprintf(&s, "</svg>\n")
	return s.String()
}
