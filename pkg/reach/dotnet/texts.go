package dotnet

import (
	"path"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// maxText bounds what is read of other files, in bytes.
const maxText = 256 << 20

// read are the extensions of files that are not C# and may name what a program loads.
var read = map[string]string{".cshtml": "razor", ".razor": "razor", ".vbhtml": "razor", ".aspx": "razor", ".ascx": "razor", ".master": "razor", ".asax": "razor", ".ashx": "razor",
	".asmx": "razor", ".svc": "razor", ".csx": "razor", ".tt": "razor", ".fs": "other", ".fsx": "other", ".fsi": "other", ".vb": "other", ".xaml": "xaml", ".axaml": "xaml",
	".proto": "proto", ".config": "text", ".json": "text", ".xml": "text", ".yml": "text", ".yaml": "text", ".ini": "text", ".toml": "text", ".settings": "text", ".resx": "text",
	".edmx": "text", ".dbml": "text", ".properties": "text"}

// passed are files that name packages without loading any.
var passed = []string{"packages.lock.json", "project.assets.json", "packages.config", "dotnet-tools.json", "global.json", "nuget.config", "package.json", "package-lock.json",
	"launchsettings.json", "tsconfig.json", "project.json", "renovate.json", "dependabot.yml", "bundleconfig.json", "libman.json", ".restore.json"}

// Mentions reports whether a file may name a package that the program then loads.
func (Analyst) Mentions(file string) bool {
	name := strings.ToLower(path.Base(file))
	for _, p := range passed {
		if name == p {
			return false
		}
	}
	if strings.HasPrefix(file, ".github/") || strings.Contains(file, "/.github/") || strings.HasPrefix(name, "docker-compose") || strings.HasPrefix(name, "azure-pipelines") {
		return false
	}
	return read[path.Ext(name)] != "" && !strings.HasSuffix(name, ".deps.json") && !strings.HasSuffix(name, ".lock.json") && !strings.HasSuffix(name, ".nuspec") &&
		!(strings.HasPrefix(name, "packages.") && strings.HasSuffix(name, ".config"))
}

// razorUsing is an import of a view, a script or a template.
var razorUsing = regexp.MustCompile(`(?m)(?:^|@|%)\s*(?:global\s+)?(?:using|import|[Nn]amespace=|Import Namespace=)\s*"?([\p{L}_][\p{L}\p{N}_.]*)`)

// levels are lines of a logging configuration: a category and how much of it is kept.
var levels = regexp.MustCompile(`(?i)"[^"]*"\s*:\s*"(trace|verbose|debug|information|info|warning|warn|error|fatal|critical|none)"\s*,?\s*$`)

// texts looks into the files that are not C#.
func (a *analysis) texts(files []string) {
	left := maxText
	contents := map[string]string{}
	var usings []syntax.Import
	for _, file := range files {
		if a.solution.tests(file) {
			continue
		}
		data, err := a.program.Files.Read(file)
		if left -= len(data); err != nil || left < 0 {
			why := "there is more text than is read"
			if err != nil {
				why = err.Error()
			}
			a.graph.Doubt("", "", file+" may name it: "+why, fettle.Location{Path: file}, false)
			continue
		}
		text := string(data)
		switch read[strings.ToLower(path.Ext(file))] {
		case "razor":
			contents[file] = text
			for _, at := range razorUsing.FindAllStringSubmatchIndex(text, 10_000) {
				usings = append(usings, syntax.Import{Target: text[at[2]:at[3]], Line: lineAt(text, at[0])})
			}
		case "other":
			a.foreign = true
			a.graph.Doubt("", "", file+" is of a language that is not analysed here, and may use it", fettle.Location{Path: file}, false)
		case "proto":
			a.generated(place{file, fettle.Location{Path: file}})
		case "xaml":
			a.markup(file)
			a.words(file, text)
		default:
			a.words(file, text)
		}
	}
	for _, file := range files {
		if text, ok := contents[file]; ok {
			a.lexical(file, text, usings, "")
			a.words(file, text)
		}
	}
}

func lineAt(text string, at int) int { return strings.Count(text[:at], "\n") + 1 }

// words doubts the packages that a file mentions.
func (a *analysis) words(file, text string) {
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		text = strings.ReplaceAll(text, "\x00", "")
	}
	binding := false
	for n, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		switch { // redirects tell the version of what is loaded, and load nothing
		case strings.Contains(line, "<assemblyBinding"):
			binding = true
		case strings.Contains(line, "</assemblyBinding"):
			binding = false
		}
		if trimmed == "" || binding && (strings.Contains(line, "<assemblyIdentity") || strings.Contains(line, "<bindingRedirect") || strings.Contains(line, "<dependentAssembly")) || levels.MatchString(trimmed) {
			continue
		}
		a.mentioned(line, func(key, word string) {
			at := fettle.Location{Path: file, Line: n + 1}
			a.graph.Doubt("", key, at.String()+" names "+word, at, false)
		})
	}
}

// lexical takes every word of a text that no tree is had of for a name that may be used. Only imports are certain; why says
// what keeps them from being so.
func (a *analysis) lexical(file, text string, usings []syntax.Import, why string) {
	f := program.Source{File: syntax.File{Path: file}}
	seen := map[string]bool{}
	for n, line := range strings.Split(text, "\n") {
		for word := range words(line) {
			for _, name := range strings.Split(word, ".") {
				a.heard[name] = true
			}
			if word = strings.Trim(word, "-"); !seen[word] {
				seen[word] = true
				f.Uses = append(f.Uses, syntax.Use{Path: word, Line: n + 1, Call: true})
				if !strings.Contains(word, "Attribute") {
					f.Uses = append(f.Uses, syntax.Use{Path: word + "Attribute", Line: n + 1})
				}
			}
		}
	}
	f.Imports = usings
	m := a.scope.match(f)
	for _, key := range a.index.keys {
		u, ok := m.sure[key]
		if !ok {
			u, ok = m.maybe[key]
		}
		if ok {
			if why == "" {
				why = "may use "
			}
			a.graph.Doubt("", key, file+" "+why+u.what, u.at, false)
		}
	}
	var own program.Source
	own.Path = file
	for _, at := range razorUsing.FindAllStringSubmatchIndex(text, 10_000) {
		own.Imports = append(own.Imports, syntax.Import{Target: text[at[2]:at[3]], Line: lineAt(text, at[0])})
	}
	a.imports(a.scope.match(own), false)
	a.dynamicText(file, text)
}

// loading are calls by which a text that is not parsed may load by name: with an opening bracket, unless a literal follows.
var loading = regexp.MustCompile(`(?:Assembly\.(?:Load\w*|UnsafeLoadFrom)|Type\.GetType|CurrentDomain\.\w+|\.LoadFromAssembly\w+|DbProviderFactories\.\w+|NativeLibrary\.\w+)\s*\(|Activator\.CreateInstance\w*\(\s*"|` +
	`DirectoryCatalog|DependencyContext|CSharpScript|CompileAssembly|CodeProvider|PluginLoader`)

var literal = regexp.MustCompile(`^\s*@?"[^"\r\n]*"\s*[,)]`)

// dynamicText doubts everything where a text that is not parsed may load by a name that does not stand there.
func (a *analysis) dynamicText(file, text string) {
	for _, at := range loading.FindAllStringIndex(text, 10_000) {
		if strings.HasSuffix(text[at[0]:at[1]], "(") && literal.MatchString(text[at[1]:min(len(text), at[1]+maxName)]) {
			continue
		}
		where := fettle.Location{Path: file, Line: lineAt(text, at[0])}
		a.graph.Doubt("", "", where.String()+" may load it: "+strings.TrimRight(text[at[0]:at[1]], " ("), where, false)
		return
	}
}

// markup doubts the packages whose types XAML names by addresses that only their assemblies know.
func (a *analysis) markup(file string) {
	for _, key := range a.index.keys {
		for _, as := range a.index.libraries[key].assemblies {
			if of, attribute := as.started(); of == "XAML" {
				a.graph.Doubt("", key, file+" may use it: its assembly "+as.name+" has "+attribute, fettle.Location{Path: file}, false)
			}
		}
	}
}

// protobuf are the packages that code made of definitions uses.
var protobuf = []string{"google.protobuf", "grpc.core", "grpc.core.api", "grpc.net.client", "grpc.net.clientfactory", "grpc.aspnetcore", "grpc.aspnetcore.server", "protobuf-net",
	"protobuf-net.grpc", "newtonsoft.json", "system.text.json", "nswag.apidescription.client", "antlr4.runtime.standard", "antlr4.runtime"}

// generated doubts what the code that the build makes of a definition uses.
func (a *analysis) generated(p place) {
	for _, key := range a.index.keys {
		for _, id := range protobuf {
			if strings.EqualFold(a.index.libraries[key].node.Name, id) {
				a.graph.Doubt("", key, "code that the build makes of "+p.why+" may use it", p.at, false)
			}
		}
	}
}
