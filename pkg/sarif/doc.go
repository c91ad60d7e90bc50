// Package sarif reads and writes the part of SARIF 2.1.0 that fettle uses.
//
// Writing goes through go-sarif: a Log is built as its report, checked by its schema, and stripped of the defaults that it
// spells out. Reading is done here, because go-sarif's model loses facts: an absent ruleIndex, rank or location id becomes
// 0, which names the first rule, the least rank and a link's target.
package sarif
