// Package sbom reads software bills of materials: CycloneDX in JSON and XML, SPDX 2 in JSON, YAML and tag-value.
package sbom
