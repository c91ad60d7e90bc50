package ospkg

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
)

// dockerImage is an entry of the manifest.json of docker save.
type dockerImage struct {
	RepoTags []string
	Layers   []string
}

// descriptor is how OCI names a blob.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Annotations map[string]string `json:"annotations"`
	Platform    struct {
		Architecture string `json:"architecture"`
		OS           string `json:"os"`
	} `json:"platform"`
}

// ociManifest is an OCI index or an OCI manifest.
type ociManifest struct {
	Manifests []descriptor `json:"manifests"`
	Layers    []descriptor `json:"layers"`
}

// layersOf returns the layers of the image, the lowest first, and notes on what was left out.
func (b *blobs) layersOf() (layers []readBlob, notes []string, err error) {
	if data, ok := b.documents["manifest.json"]; ok {
		return b.dockerLayers(data)
	}
	data, ok := b.documents["index.json"]
	if !ok {
		return nil, nil, errors.New("it has neither the manifest.json of docker save nor the index.json of an OCI layout")
	}
	return b.ociLayers(data, 0)
}

func (b *blobs) dockerLayers(data []byte) (layers []readBlob, notes []string, err error) {
	var images []dockerImage
	if err := json.Unmarshal(data, &images); err != nil || len(images) == 0 {
		return nil, nil, fmt.Errorf("its manifest.json lists no image: %w", errOr(err))
	}
	if len(images) > 1 {
		notes = append(notes, fmt.Sprintf("holds %d images; only the first, %.200q, was read; save each to a file of its own", len(images), strings.Join(images[0].RepoTags, " ")))
	}
	for _, name := range images[0].Layers {
		layers = append(layers, b.find(name))
	}
	return bounds(layers, notes)
}

func (b *blobs) ociLayers(data []byte, depth int) (layers []readBlob, notes []string, err error) {
	var m ociManifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, nil, fmt.Errorf("an index or manifest is not valid: %w", err)
	}
	if len(m.Manifests) == 0 || depth > 3 {
		for _, d := range m.Layers {
			if strings.HasPrefix(d.MediaType, "application/vnd.in-toto") {
				continue
			}
			layers = append(layers, b.find(blobPath(d.Digest)))
		}
		return bounds(layers, nil)
	}
	chosen, others := choose(m.Manifests)
	if chosen.Digest == "" {
		return nil, nil, errors.New("its index names no image")
	}
	inner, ok := b.documents[blobPath(chosen.Digest)]
	if !ok {
		return nil, nil, fmt.Errorf("the manifest %.80s is not in it", chosen.Digest)
	}
	layers, notes, err = b.ociLayers(inner, depth+1)
	if others > 0 {
		notes = append(notes, fmt.Sprintf("holds %d more images; only that of %s %s %.80s was read; save each to a file of its own", others,
			orUnknown(chosen.Platform.OS), orUnknown(chosen.Platform.Architecture), chosen.Digest))
	}
	return layers, notes, err
}

// choose returns the image for linux on amd64, else the first, and how many others there are. Attestations are no images.
func choose(all []descriptor) (chosen descriptor, others int) {
	var images []descriptor
	for _, d := range all {
		if d.Annotations["vnd.docker.reference.type"] == "" && d.Platform.OS != "unknown" {
			images = append(images, d)
		}
	}
	for i, d := range images {
		if i == 0 || chosen.Platform.Architecture != "amd64" && d.Platform.OS == "linux" && d.Platform.Architecture == "amd64" {
			chosen = d
		}
	}
	return chosen, max(len(images)-1, 0)
}

// find returns the layer called name, through links.
func (b *blobs) find(name string) readBlob {
	name = path.Clean("/" + name)[1:]
	at := name
	for range maxLinks {
		if l, ok := b.layers[at]; ok {
			return l
		}
		next, ok := b.links[at]
		if !ok {
			break
		}
		at = next
	}
	return readBlob{name: name, err: errors.New("is not in it, or is no tar archive")}
}

// blobPath is where an OCI layout keeps the blob of a digest.
func blobPath(digest string) string {
	algorithm, sum, _ := strings.Cut(digest, ":")
	return "blobs/" + algorithm + "/" + sum
}

func bounds(layers []readBlob, notes []string) ([]readBlob, []string, error) {
	switch {
	case len(layers) == 0:
		return nil, nil, errors.New("the image has no layers")
	case len(layers) > maxLayers:
		return nil, nil, fmt.Errorf("the image has more than %d layers", maxLayers)
	}
	return layers, notes, nil
}

func errOr(err error) error {
	if err == nil {
		return errors.New("the list is empty")
	}
	return err
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
