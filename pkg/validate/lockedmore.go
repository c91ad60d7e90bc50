package validate

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// readGoSum reads lines of module, version and checksum.
func readGoSum(text string) (map[string]locked, error) {
	all := map[string]locked{}
	for line := range strings.SplitSeq(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 3 {
			return nil, fmt.Errorf("line %.80q; want module, version and checksum", line)
		}
		key := fields[0] + "@" + fields[1]
		e := locked{name: fields[0], version: fields[1], sum: fields[2]}
		if known, twice := all[key]; twice {
			e.sum = joined([]string{known.sum, e.sum})
		}
		all[key] = e
	}
	return all, nil
}

// readCargoLock reads Cargo.lock; packages without a source are those of the workspace.
func readCargoLock(text string) (map[string]locked, error) {
	doc, _, err := document.ParseTOML([]byte(text))
	if err != nil {
		return nil, err
	}
	all := map[string]locked{}
	for _, p := range doc.Get("package").List() {
		e := locked{name: p.Get("name").Str(), version: p.Get("version").Str(), source: p.Get("source").Str(), sum: p.Get("checksum").Str()}
		if rest, ok := strings.CutPrefix(e.source, "registry+"); ok { // one host may have several
			e.source = "registry " + rest
		}
		if e.sum == "" { // version 1 lists them apart
			e.sum = doc.Get("metadata", fmt.Sprintf("checksum %s %s (%s)", e.name, e.version, p.Get("source").Str())).Str()
		}
		all[e.name+"@"+e.version+" "+e.source] = e
	}
	return all, nil
}

// readNuGetLock reads packages.lock.json, for each target framework apart.
func readNuGetLock(text string) (map[string]locked, error) {
	doc, _, err := document.ParseJSON([]byte(text))
	if err != nil {
		return nil, err
	}
	all := map[string]locked{}
	for _, framework := range doc.Get("dependencies").Map() {
		for _, f := range framework.Value.Map() {
			if strings.EqualFold(f.Value.Get("type").Str(), "Project") {
				continue
			}
			e := locked{name: f.Key, version: f.Value.Get("resolved").Str(), sum: f.Value.Get("contentHash").Str()}
			all[framework.Key+" "+strings.ToLower(f.Key)+"@"+e.version] = e
		}
	}
	return all, nil
}

// readBundlerLock reads the sections of Gemfile.lock: what comes from where, and the checksums.
func readBundlerLock(text string) (map[string]locked, error) {
	all := map[string]locked{}
	section, source, own := "", "", false
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line = strings.TrimRight(line, "\r ")
		body := strings.TrimLeft(line, " ")
		indent := len(line) - len(body)
		switch {
		case body == "":
		case indent == 0:
			section, source, own = body, "", body == "PATH"
		case indent == 2 && strings.HasPrefix(body, "remote: "):
			source = strings.TrimPrefix(body, "remote: ")
			if section == "GIT" {
				source = "git " + source
			}
		case indent == 2 && section == "GIT" && strings.HasPrefix(body, "revision: "):
			source += " " + strings.TrimPrefix(body, "revision: ")
		case indent == 4 && (section == "GEM" || section == "GIT" || section == "PLUGIN SOURCE") && !own:
			name, rest, _ := strings.Cut(body, " (")
			version := strings.TrimSuffix(rest, ")")
			key := name + "@" + version
			e := all[key]
			e.name, e.version, e.source = name, version, source
			all[key] = e
		case indent == 2 && section == "CHECKSUMS":
			name, rest, ok := strings.Cut(body, " (")
			version, sum, _ := strings.Cut(rest, ")")
			if e, known := all[name+"@"+version]; ok && known {
				e.sum = strings.TrimSpace(sum)
				all[name+"@"+version] = e
			}
		}
	}
	return all, nil
}

// readComposerLock reads composer.lock. Where an archive comes from is what installs use; the repository is beside it.
func readComposerLock(text string) (map[string]locked, error) {
	doc, _, err := document.ParseJSON([]byte(text))
	if err != nil {
		return nil, err
	}
	all := map[string]locked{}
	for _, group := range []string{"packages", "packages-dev"} {
		for _, p := range doc.Get(group).List() {
			e := locked{name: p.Get("name").Str(), version: p.Get("version").Str()}
			dist, source := p.Get("dist"), p.Get("source")
			e.source = dist.Get("url").Str()
			if e.source == "" {
				e.source = "git " + source.Get("url").Str()
			}
			e.sum = strings.TrimSpace(dist.Get("reference").Str() + " " + source.Get("reference").Str() + " " + dist.Get("shasum").Str())
			all[e.name+"@"+e.version] = e
			if url := source.Get("url").Str(); url != "" { // an install may prefer the repository
				all[e.name+"@"+e.version+" source"] = locked{name: e.name, version: e.version, source: url}
			}
		}
	}
	return all, nil
}

// readGradleLock reads lines of group:name:version=configurations.
func readGradleLock(text string) (map[string]locked, error) {
	all := map[string]locked{}
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		coordinates, _, _ := strings.Cut(line, "=")
		parts := strings.Split(coordinates, ":")
		if line == "" || line[0] == '#' || parts[0] == "empty" {
			continue
		}
		if len(parts) != 3 {
			return nil, fmt.Errorf("line %.80q; want group:name:version=configurations", line)
		}
		all[coordinates] = locked{name: parts[0] + ":" + parts[1], version: parts[2]}
	}
	return all, nil
}

// readGradleVerification reads the checksums of verification-metadata.xml.
func readGradleVerification(text string) (map[string]locked, error) {
	doc, err := document.ParseXML([]byte(text))
	if err != nil {
		return nil, err
	}
	all := map[string]locked{}
	for _, c := range doc.Child("components").All("component") {
		e := locked{name: c.Attr("group") + ":" + c.Attr("name"), version: c.Attr("version")}
		var sums []string
		for _, artifact := range c.All("artifact") {
			for _, sum := range artifact.Children {
				sums = append(sums, artifact.Attr("name")+" "+sum.Name+" "+sum.Attr("value"))
			}
		}
		e.sum = joined(sums)
		all[e.name+"@"+e.version] = e
	}
	return all, nil
}
