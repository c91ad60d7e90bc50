package learn

import (
	"strconv"
	"strings"
)

// otherFamily holds what belongs to none of the others.
const otherFamily = "other"

// family groups CWEs by what a team tends to judge alike. Where a finding has CWEs of several, the first in this order
// holds, so the vague ones come last.
type family struct {
	name string
	cwes []int
}

var families = []family{
	{"supply", []int{426, 427, 428, 494, 506, 507, 829, 912, 1357}},
	{"deserialization", []int{470, 471, 502, 913, 915, 1321}},
	{"xss", []int{79, 80, 83, 84, 86, 87, 692}},
	{"injection", []int{74, 75, 77, 78, 88, 89, 90, 91, 93, 94, 95, 96, 97, 98, 99, 113, 116, 117, 564, 624, 643, 652, 917, 943, 1236, 1336}},
	{"traversal", []int{22, 23, 24, 25, 27, 29, 35, 36, 37, 41, 59, 61, 73, 378, 379, 434, 552}},
	{"memory", []int{118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 129, 131, 134, 170, 190, 191, 193, 369, 415, 416, 457, 476, 590, 665, 672, 676, 680,
		681, 704, 762, 763, 786, 787, 788, 805, 822, 823, 824, 825, 843, 908, 909}},
	{"resource", []int{248, 399, 400, 401, 404, 405, 407, 409, 459, 617, 674, 730, 754, 755, 770, 771, 772, 775, 776, 779, 789, 799, 834, 835, 920, 1050,
		1176, 1333}},
	{"request", []int{346, 350, 352, 441, 444, 601, 610, 611, 827, 918, 940, 941, 942, 1021, 1275, 1385}},
	{"authentication", []int{255, 256, 257, 259, 260, 261, 262, 263, 287, 288, 289, 290, 294, 302, 303, 304, 305, 306, 307, 308, 309, 384, 521, 522, 523, 613,
		620, 640, 798, 1390, 1391, 1392}},
	{"authorization", []int{250, 264, 266, 267, 268, 269, 270, 271, 272, 273, 274, 275, 276, 277, 278, 279, 280, 281, 282, 283, 284, 285, 425, 566, 639, 648,
		653, 668, 732, 749, 862, 863, 1220}},
	{"crypto", []int{203, 208, 295, 296, 297, 298, 299, 310, 311, 319, 320, 321, 322, 323, 324, 325, 326, 327, 328, 329, 330, 331, 332, 333, 334, 335, 336, 337,
		338, 339, 340, 345, 347, 353, 354, 385, 757, 759, 760, 780, 916, 924, 1204, 1240, 1241}},
	{"disclosure", []int{200, 201, 202, 209, 210, 211, 212, 213, 215, 226, 312, 313, 316, 359, 377, 497, 524, 525, 530, 532, 538, 539, 540, 548, 598, 612}},
	{"validation", []int{20, 115, 138, 150, 155, 158, 172, 178, 179, 180, 184, 185, 187, 229, 233, 235, 241, 436, 703, 1173, 1284, 1285, 1286, 1287, 1288, 1289}},
}

var familyNames = func() []string {
	var names []string
	for _, f := range families {
		names = append(names, f.name)
	}
	return names
}()

// familyRank maps a CWE to its place in families, the first where it stands in two.
var familyRank = func() map[int]int {
	all := map[int]int{}
	for i, f := range families {
		for _, cwe := range f.cwes {
			if _, ok := all[cwe]; !ok {
				all[cwe] = i
			}
		}
	}
	return all
}()

// FamilyOf returns the family of CWEs such as CWE-79, in any order: "other" where none has a family, "" where there is
// no CWE.
func FamilyOf(cwes []string) string {
	best, found := len(families), false
	for _, cwe := range cwes {
		digits := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(cwe)), "CWE-")
		n, err := strconv.Atoi(digits)
		if err != nil || n <= 0 {
			continue
		}
		found = true
		if rank, ok := familyRank[n]; ok && rank < best {
			best = rank
		}
	}
	switch {
	case !found:
		return ""
	case best == len(families):
		return otherFamily
	}
	return families[best].name
}
