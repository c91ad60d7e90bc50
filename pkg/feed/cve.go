package feed

import (
	"fmt"
	"strconv"
	"strings"
)

// cveKey is a CVE id as a number: the year above 48 bits of sequence number. It sorts as ids do.
type cveKey uint64

// parseCVE reads CVE-YYYY-NNNN in any case. Sequence numbers beyond 48 bits, which the syntax allows and nobody has
// given out, are refused.
func parseCVE(id string) (cveKey, error) {
	id = strings.TrimSpace(id)
	if len(id) < len("CVE-2000-0000") || len(id) > len("CVE-2000-")+19 || !strings.EqualFold(id[:4], "CVE-") || id[8] != '-' {
		return 0, fmt.Errorf("%.40q is no CVE id", id)
	}
	year, err := strconv.ParseUint(id[4:8], 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%.40q is no CVE id", id)
	}
	number, err := strconv.ParseUint(id[9:], 10, 48)
	if err != nil {
		return 0, fmt.Errorf("%.40q is no CVE id", id)
	}
	return cveKey(year<<48 | number), nil
}

func (k cveKey) String() string {
	return fmt.Sprintf("CVE-%04d-%04d", uint64(k)>>48, uint64(k)&(1<<48-1))
}
