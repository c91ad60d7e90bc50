package nuget

import (
	"encoding/xml"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Settings returns the environment of dotnet, whose packages are kept in a folder of cache, and the sources of the user's own
// nuget.config without their passwords. No file of the repository is read.
func Settings(cache string, getenv func(string) string) (env []string, config string) {
	env = []string{"NUGET_PACKAGES=" + filepath.Join(cache, "nuget", "packages"), "NUGET_HTTP_CACHE_PATH=" + filepath.Join(cache, "nuget", "http"),
		"DOTNET_CLI_HOME=" + filepath.Join(cache, "nuget", "home")}
	config = "<configuration />\n"
	home := getenv("HOME")
	var places []string
	if base := getenv("APPDATA"); base != "" {
		places = append(places, filepath.Join(base, "NuGet", "NuGet.Config"))
	}
	if home != "" {
		places = append(places, filepath.Join(home, ".nuget", "NuGet", "NuGet.Config"), filepath.Join(home, ".config", "NuGet", "NuGet.Config"))
	}
	for _, place := range places {
		if !filepath.IsAbs(place) {
			continue
		}
		f, err := os.Open(place)
		if err != nil {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(f, maxFile))
		f.Close()
		if text, ok := scrubbed(data); err == nil && ok {
			return env, text
		}
	}
	return env, config
}

// sources are those of a nuget.config, with what may be taken from which.
type sources struct {
	XMLName  xml.Name `xml:"configuration"`
	Sources  *adds    `xml:"packageSources"`
	Disabled *adds    `xml:"disabledPackageSources"`
	Mapping  *mapping `xml:"packageSourceMapping"`
}

type adds struct {
	Clear *struct{} `xml:"clear"`
	Add   []add     `xml:"add"`
}

type add struct {
	Key      string `xml:"key,attr"`
	Value    string `xml:"value,attr"`
	Protocol string `xml:"protocolVersion,attr,omitempty"`
	Insecure string `xml:"allowInsecureConnections,attr,omitempty"`
}

type mapping struct {
	Clear   *struct{} `xml:"clear"`
	Sources []struct {
		Key     string `xml:"key,attr"`
		Package []struct {
			Pattern string `xml:"pattern,attr"`
		} `xml:"package"`
	} `xml:"packageSource"`
}

// scrubbed keeps the sources of a nuget.config and drops all else, credentials and keys among it.
func scrubbed(data []byte) (string, bool) {
	var s sources
	if xml.Unmarshal(data, &s) != nil || s.Sources == nil || len(s.Sources.Add) == 0 {
		return "", false
	}
	for i, a := range s.Sources.Add {
		if u, err := url.Parse(a.Value); err == nil && u.User != nil {
			u.User = nil
			s.Sources.Add[i].Value = u.String()
		} else if err != nil && strings.Contains(a.Value, "@") {
			s.Sources.Add[i].Value = ""
		}
	}
	s.Sources.Clear = &struct{}{}
	out, err := xml.MarshalIndent(s, "", "  ")
	return string(out) + "\n", err == nil
}
