// Package nuget drafts fixes of NuGet packages in the project files of .NET.
package nuget
