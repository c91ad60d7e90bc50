package feed

import (
	"fmt"
	"io"
	"strconv"
	"time"
)

// CompilePoC turns an index of proofs of concept into a list of the CVEs that an exploit is public for. Its rows count links
// that name a CVE, and most of them are no exploit: reading lists, scanners, advisories. A row counts where repositories are
// dedicated to the CVE (n_github_dedicated) or where Exploit-DB, Packet Storm or Metasploit are linked; Metasploit makes
// it weaponized. The other rows are left out.
func CompilePoC(w io.Writer, r io.Reader, asOf time.Time) (Edition, error) {
	list := newListing()
	err := eachCSV(r, nil, []string{"cve", "n_github_dedicated"}, func(r csvRow) error {
		if err := list.row(); err != nil {
			return err
		}
		key, err := parseCVE(r.get("cve"))
		if err != nil {
			return err
		}
		count, weaponized := 0, false
		for _, column := range []string{"n_github_dedicated", "exploitdb_ref", "packetstorm_ref", "metasploit_ref"} {
			text := r.get(column)
			if text == "" {
				continue
			}
			n, err := strconv.ParseUint(text, 10, 24)
			if err != nil {
				return fmt.Errorf("%s: %s %.40q: want a number", key, column, text)
			}
			count += int(n)
			weaponized = weaponized || column == "metasploit_ref" && n > 0
		}
		day, err := listDay(r.get("first_listed"))
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		list.date(day)
		if count == 0 {
			list.other++
			return nil
		}
		list.add(key, day, count, weaponized)
		return nil
	})
	if err != nil {
		return Edition{}, fmt.Errorf("index of proofs of concept: %w", err)
	}
	edition, err := list.write(w, asOf)
	if err != nil {
		return Edition{}, fmt.Errorf("index of proofs of concept: %w", err)
	}
	return edition, nil
}
