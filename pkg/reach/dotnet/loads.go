package dotnet

import "strings"

// generates reports whether an assembly is a source generator, which writes code that the compiler takes in.
func (a *assembly) generates() bool {
	for _, u := range a.uses {
		if u.namespace == "Microsoft.CodeAnalysis" && (u.name == "GeneratorAttribute" || u.name == "ISourceGenerator" || u.name == "IIncrementalGenerator") {
			return true
		}
	}
	return false
}

// scans says how an assembly finds assemblies that nobody names; "" where it does not.
func (a *assembly) scans() string {
	lists, loads := "", ""
	for _, m := range a.members {
		switch of := m.full(); {
		case strings.HasPrefix(of, "Microsoft.Extensions.DependencyModel.DependencyContext"):
			return "lists all assemblies of the program by DependencyContext"
		case of == "System.ComponentModel.Composition.Hosting.DirectoryCatalog":
			return "loads all assemblies of a folder by DirectoryCatalog"
		case of == "System.Web.Compilation.BuildManager" && m.method == "GetReferencedAssemblies":
			return "lists all assemblies of the program by BuildManager"
		case (of == "System.IO.Directory" || of == "System.IO.DirectoryInfo") && (strings.HasPrefix(m.method, "GetFile") || strings.HasPrefix(m.method, "EnumerateFile")):
			lists = strings.TrimPrefix(of, "System.IO.") + "." + m.method
		case of == "System.Reflection.Assembly" && (strings.HasPrefix(m.method, "Load") || m.method == "UnsafeLoadFrom"), of == "System.Reflection.AssemblyName" && m.method == "GetAssemblyName",
			of == "System.Runtime.Loader.AssemblyLoadContext" && strings.HasPrefix(m.method, "LoadFrom"), of == "System.AppDomain" && m.method == "Load":
			loads = m.name + "." + m.method
		}
	}
	if lists == "" || loads == "" {
		return ""
	}
	return "can load assemblies that it finds in a folder (" + lists + ", " + loads + ")"
}

// starters are attributes by which a framework runs an assembly that no code mentions.
var starters = map[string]string{"PreApplicationStartMethodAttribute": "ASP.NET", "OwinStartupAttribute": "OWIN", "HostingStartupAttribute": "ASP.NET Core",
	"XmlnsDefinitionAttribute": "XAML", "ProvideToolboxControlAttribute": "XAML"}

// started says which framework may run the assembly by an attribute; "" for none.
func (a *assembly) started() (framework, attribute string) {
	for _, u := range a.uses {
		if of := starters[u.name]; of != "" {
			return of, u.name
		}
	}
	return "", ""
}

// isPart reports whether ASP.NET Core takes the assembly for a part of the application, with controllers or views.
func (a *assembly) isPart() bool {
	for _, ref := range a.refs {
		if strings.HasPrefix(ref, "Microsoft.AspNetCore.Mvc") || ref == "Microsoft.AspNetCore.Razor.Runtime" {
			return true
		}
	}
	return false
}
