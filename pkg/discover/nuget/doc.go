// Package nuget reads what .NET projects lock, declare, restore and build with NuGet.
package nuget
