package fettle

import "strings"

// distribution says how packages of one distribution are written as package URLs.
type distribution struct {
	ecosystem string   // of OSV, without release
	kind      string   // type of the package URL
	namespace string   // as written
	also      []string // other namespaces that are read
	ids       []string // what the qualifier distro begins with, before a hyphen; the first is written
	release   func(distro string) string
	distro    func(release string) string
}

// same is for releases that are written as they are.
func same(s string) string { return s }

var distributions = []distribution{
	{"Debian", "deb", "debian", nil, []string{"debian"}, debianRelease, same},
	{"Ubuntu", "deb", "ubuntu", nil, []string{"ubuntu"}, ubuntuRelease, ubuntuDistro},
	{"Alpine", "apk", "alpine", nil, []string{"alpine"}, alpineRelease, func(s string) string { return strings.TrimPrefix(s, "v") }},
	{"Wolfi", "apk", "wolfi", nil, []string{"wolfi"}, nil, nil},
	{"Chainguard", "apk", "chainguard", nil, []string{"chainguard"}, nil, nil},
	{"Alpaquita", "apk", "alpaquita", nil, []string{"alpaquita"}, same, same},
	{"MinimOS", "apk", "minimos", nil, []string{"minimos"}, nil, nil},
	{"Red Hat", "rpm", "redhat", []string{"rhel"}, []string{"rhel", "redhat"}, redHatRelease, redHatDistro},
	{"Rocky Linux", "rpm", "rocky-linux", []string{"rocky", "rockylinux"}, []string{"rocky-linux", "rocky", "rockylinux"}, major, same},
	{"AlmaLinux", "rpm", "almalinux", []string{"alma"}, []string{"almalinux", "alma"}, major, same},
	{"openSUSE", "rpm", "opensuse", nil, []string{"opensuse"}, openSUSERelease, openSUSEDistro},
	{"SUSE", "rpm", "suse", []string{"sles"}, []string{"sles", "suse"}, suseRelease, suseDistro},
	{"Mageia", "rpm", "mageia", nil, []string{"mageia"}, major, same},
	{"openEuler", "rpm", "openeuler", nil, []string{"openEuler", "openeuler"}, same, same},
	{"Azure Linux", "rpm", "azurelinux", []string{"azure-linux", "mariner"}, []string{"azurelinux", "azure-linux", "mariner"}, same, same},
	{"Photon OS", "rpm", "photon", nil, []string{"photon"}, same, same},
}

func distributionOf(ecosystem string) (distribution, bool) {
	for _, d := range distributions {
		if d.ecosystem == ecosystem {
			return d, true
		}
	}
	return distribution{}, false
}

func isDistributionType(kind string) bool { return kind == "deb" || kind == "apk" || kind == "rpm" }

// qualify returns the version and the qualifiers of a package URL, in the order of their keys.
func (d distribution) qualify(release, version string) (string, string) {
	var pairs []string
	if release != "" && d.distro != nil {
		pairs = append(pairs, "distro="+purlEscape(d.ids[0]+"-"+d.distro(release)))
	}
	if epoch, rest, ok := strings.Cut(version, ":"); ok && d.kind == "rpm" && digits(epoch) && rest != "" {
		pairs, version = append(pairs, "epoch="+epoch), rest
	}
	if len(pairs) == 0 {
		return version, ""
	}
	return version, "?" + strings.Join(pairs, "&")
}

// parseDistribution makes a package of the parts of a package URL of a type that several distributions share.
func parseDistribution(kind string, segments []string, version string, qualifiers map[string]string) (Package, bool) {
	last := len(segments) - 1
	namespace := strings.ToLower(strings.Join(segments[:last], "/"))
	distro := qualifiers["distro"]
	for _, d := range distributions {
		if d.kind != kind || !d.owns(namespace, distro) {
			continue
		}
		p := Package{Ecosystem: d.ecosystem, Name: segments[last], Version: version}
		if epoch := qualifiers["epoch"]; kind == "rpm" && digits(epoch) && !(strings.Contains(version, ":")) && version != "" {
			p.Version = epoch + ":" + version
		}
		if release := d.releaseOf(distro); release != "" {
			p.Ecosystem += ":" + release
		}
		return p, true
	}
	return Package{}, false
}

// owns reports whether a package URL is of d: by its namespace or, where it has none, by its distro.
func (d distribution) owns(namespace, distro string) bool {
	names := append([]string{d.namespace}, d.also...)
	if namespace == "" {
		namespace, _, _ = strings.Cut(strings.ToLower(distro), "-")
	}
	for _, name := range names {
		if name == namespace {
			return true
		}
	}
	return false
}

// releaseOf returns the release as OSV spells it, "" where distro does not say.
func (d distribution) releaseOf(distro string) string {
	if d.release == nil || distro == "" {
		return ""
	}
	for _, id := range d.ids {
		if len(distro) > len(id) && strings.EqualFold(distro[:len(id)], id) && distro[len(id)] == '-' {
			return d.release(distro[len(id)+1:])
		}
	}
	return d.release(distro)
}

// Distribution returns the ecosystem of a distribution as OSV spells it, with its release where version is one, from ID
// and VERSION_ID or VERSION_CODENAME of os-release. It is "" where OSV does not know the distribution.
func Distribution(id, version string) string {
	for _, d := range distributions {
		for _, own := range append([]string{d.namespace}, d.ids...) {
			rest, ok := strings.CutPrefix(strings.ToLower(id), strings.ToLower(own))
			if !ok || rest != "" && d.ecosystem != "openSUSE" {
				continue
			}
			if rest != "" { // opensuse-leap
				version = strings.TrimPrefix(rest, "-") + "-" + version
			}
			if release := d.releaseOf(version); release != "" {
				return d.ecosystem + ":" + release
			}
			return d.ecosystem
		}
	}
	return ""
}

// debianReleases are numbered only once they are stable.
var debianReleases = map[string]string{"lenny": "5", "squeeze": "6", "wheezy": "7", "jessie": "8", "stretch": "9", "buster": "10",
	"bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14", "duke": "15"}

func debianRelease(distro string) string {
	if n, ok := debianReleases[strings.ToLower(distro)]; ok {
		return n
	}
	return major(distro)
}

var ubuntuReleases = map[string]string{"precise": "12.04", "trusty": "14.04", "xenial": "16.04", "bionic": "18.04", "focal": "20.04",
	"groovy": "20.10", "hirsute": "21.04", "impish": "21.10", "jammy": "22.04", "kinetic": "22.10", "lunar": "23.04", "mantic": "23.10",
	"noble": "24.04", "oracular": "24.10", "plucky": "25.04", "questing": "25.10", "resolute": "26.04"}

// ubuntuRelease marks releases of long support, which are those of April in even years.
func ubuntuRelease(distro string) string {
	distro, isPro := strings.CutPrefix(strings.ToLower(distro), "pro-")
	if n, ok := ubuntuReleases[distro]; ok {
		distro = n
	}
	parts := strings.SplitN(distro, ".", 3)
	if len(parts) < 2 || !digits(parts[0]) || !digits(parts[1]) {
		return strings.TrimSuffix(distro, ":lts")
	}
	release := parts[0] + "." + parts[1]
	if parts[1] == "04" && (parts[0][len(parts[0])-1]-'0')%2 == 0 {
		release += ":LTS"
	}
	if isPro {
		release = "Pro:" + release
	}
	return release
}

func ubuntuDistro(release string) string {
	if rest, ok := strings.CutPrefix(release, "Pro:"); ok {
		release = "pro-" + rest
	}
	return strings.TrimSuffix(release, ":LTS")
}

func alpineRelease(distro string) string {
	distro = strings.TrimPrefix(distro, "v")
	parts := strings.SplitN(distro, ".", 3)
	if len(parts) < 2 || !digits(parts[0]) {
		return distro // edge
	}
	minor, _, _ := strings.Cut(parts[1], "_") // 3.19_alpha20230901
	return "v" + parts[0] + "." + minor
}

// redHatRelease takes a number for the base system: the rest of Red Hat's streams have no number.
func redHatRelease(distro string) string {
	if n := major(distro); digits(n) {
		return "enterprise_linux:" + n + "::baseos"
	}
	return distro
}

func redHatDistro(release string) string {
	if n, ok := strings.CutPrefix(release, "enterprise_linux:"); ok {
		if n, ok := strings.CutSuffix(n, "::baseos"); ok && digits(n) {
			return n
		}
	}
	return release
}

func openSUSERelease(distro string) string {
	if n, ok := strings.CutPrefix(strings.ToLower(distro), "leap-"); ok {
		return "Leap " + n
	}
	if strings.HasPrefix(strings.ToLower(distro), "tumbleweed") {
		return "Tumbleweed"
	}
	return distro
}

func openSUSEDistro(release string) string {
	if release == "Tumbleweed" {
		return "tumbleweed"
	}
	if n, ok := strings.CutPrefix(release, "Leap "); ok {
		return "leap-" + n
	}
	return release
}

const suseServer = "Linux Enterprise Server "

// suseRelease takes a number for the server: 15.5 is Linux Enterprise Server 15 SP5.
func suseRelease(distro string) string {
	n, pack, _ := strings.Cut(distro, ".")
	switch {
	case !digits(n):
		return distro
	case digits(pack) && pack != "0":
		return suseServer + n + " SP" + pack
	}
	return suseServer + n
}

func suseDistro(release string) string {
	n, ok := strings.CutPrefix(release, suseServer)
	if !ok {
		return release
	}
	return strings.Replace(n, " SP", ".", 1)
}

// major is the first number of a version.
func major(version string) string {
	n, _, _ := strings.Cut(version, ".")
	return n
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
