// Package fettle defines what flows through the pipeline, from Finding to Report, and the Pipeline that carries it.
package fettle
