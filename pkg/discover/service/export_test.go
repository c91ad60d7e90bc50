package service

import (
	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// ParseYAML is parseYAML of a tree of one file.
func ParseYAML(data []byte) ([]*document.Value, error) {
	return newFinder(nil, nil, Config{}).parseYAML(data)
}

// Strip is strip of the language of an extension.
func Strip(text []byte, ext string) []byte { return strip(text, sources[ext]) }

// ImageName is imageName.
func ImageName(image string) string { return imageName(image) }
