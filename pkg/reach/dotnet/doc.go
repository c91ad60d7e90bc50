// Package dotnet tells how far a C# program gets into its NuGet packages, from its sources and the metadata of their assemblies.
package dotnet
