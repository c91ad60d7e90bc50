package vex

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
)

// csaf reads a document of the Common Security Advisory Framework 2.0, of the profile VEX or another one that gives statuses
// (https://docs.oasis-open.org/csaf/csaf/v2.0/).
func (p *parser) csaf(meta json.RawMessage) error {
	var head struct {
		Category  string `json:"category"`
		Version   string `json:"csaf_version"`
		Publisher struct {
			Name string `json:"name"`
		} `json:"publisher"`
		Tracking struct {
			ID      string `json:"id"`
			Date    string `json:"current_release_date"`
			Version string `json:"version"`
		} `json:"tracking"`
	}
	if err := json.Unmarshal(meta, &head); err != nil {
		return p.fault(0, "its document section is not as CSAF has it: %s", clip(err.Error(), 200))
	}
	if head.Version == "" {
		return p.fault(0, "its document section has no csaf_version; %s", wanted)
	}
	p.doc.Format = "CSAF " + clip(head.Version, 20)
	if head.Version != "2.0" && head.Version != "2.1" {
		p.note(1, "it is CSAF %.20q, which is not known; it was read as 2.0", head.Version)
	}
	p.doc.Author, p.doc.ID = clip(head.Publisher.Name, maxName), clip(head.Tracking.ID, maxName)
	p.doc.Timestamp = p.time(1, head.Tracking.Date)
	p.doc.Version, _ = strconv.Atoi(head.Tracking.Version)

	d := csafDocument{p: p, products: map[string]Product{}, groups: map[string][]string{}}
	var tree csafTree
	var all []csafVulnerability
	r := p.reader()
	_, err := r.object(func(key string) error {
		line := r.at()
		switch key {
		case "product_tree":
			err := r.value(&tree)
			var fault *Fault
			if err != nil && !errors.As(err, &fault) {
				return p.fault(line, "its product tree is not as CSAF has it: %s", clip(err.Error(), 200))
			}
			return err
		case "vulnerabilities":
			_, err := r.array(func() error {
				v := csafVulnerability{line: r.at()}
				err := r.value(&v)
				var fault *Fault
				switch {
				case errors.As(err, &fault):
					return err
				case err != nil:
					p.note(v.line, "a vulnerability is not as CSAF has it and is not used: %s", clip(err.Error(), 200))
				case len(all) >= maxStatements:
					return p.fault(v.line, "more than %d vulnerabilities; split the document", maxStatements)
				default:
					all = append(all, v)
				}
				return nil
			})
			return err
		}
		return r.skip()
	})
	if err != nil {
		return err
	}
	d.tree(tree)
	for _, v := range all {
		d.state(v)
	}
	return nil
}

type csafProduct struct {
	ID     string `json:"product_id"`
	Helper struct {
		PURL string `json:"purl"`
		CPE  string `json:"cpe"`
	} `json:"product_identification_helper"`
}

type csafBranch struct {
	Product  *csafProduct `json:"product"`
	Branches []csafBranch `json:"branches"`
}

type csafTree struct {
	csafBranch
	Full          []csafProduct `json:"full_product_names"`
	Relationships []struct {
		Category  string      `json:"category"`
		Reference string      `json:"product_reference"`
		RelatesTo string      `json:"relates_to_product_reference"`
		Product   csafProduct `json:"full_product_name"`
	} `json:"relationships"`
	Groups []struct {
		ID       string   `json:"group_id"`
		Products []string `json:"product_ids"`
	} `json:"product_groups"`
}

type csafNote struct {
	Category string   `json:"category"`
	Label    string   `json:"label"`
	Details  string   `json:"details"`
	Products []string `json:"product_ids"`
	Groups   []string `json:"group_ids"`
}

type csafVulnerability struct {
	CVE string `json:"cve"`
	IDs []struct {
		Text string `json:"text"`
	} `json:"ids"`
	Status       map[string][]string `json:"product_status"`
	Flags        []csafNote          `json:"flags"`
	Threats      []csafNote          `json:"threats"`
	Remediations []csafNote          `json:"remediations"`

	line int
}

type csafDocument struct {
	p        *parser
	products map[string]Product
	groups   map[string][]string
}

func (d *csafDocument) tree(t csafTree) {
	d.branch(t.csafBranch)
	for _, product := range t.Full {
		d.take(product)
	}
	for _, r := range t.Relationships { // a component as it is installed on or part of something
		part, whole := d.products[r.Reference], d.products[r.RelatesTo]
		if part.empty() || len(part.Subcomponents) > 0 {
			continue
		}
		whole.Subcomponents = []Component{part.Component}
		if on, ok := onPlatform(part.Component, whole.Component); ok {
			whole = Product{Component: on}
		}
		if len(d.products) < maxPairs {
			d.products[r.Product.ID] = whole
		}
	}
	for _, g := range t.Groups {
		d.groups[g.ID] = g.Products
	}
}

func (d *csafDocument) branch(b csafBranch) {
	if b.Product != nil {
		d.take(*b.Product)
	}
	for _, inner := range b.Branches {
		d.branch(inner)
	}
}

func (d *csafDocument) take(product csafProduct) {
	c := Component{}
	if purl := product.Helper.PURL; len(purl) <= maxName {
		c.PURL = purl
	}
	if cpe := product.Helper.CPE; cpe != "" && len(cpe) <= maxName {
		c.CPEs = []string{cpe}
	}
	if c.PURL == "" {
		c.Name = clip(product.ID, maxName)
	}
	if len(d.products) < maxPairs {
		d.products[product.ID] = Product{Component: c}
	}
}

// csafStatuses are the members of product_status that speak of a status, and what it is in OpenVEX.
var csafStatuses = []struct {
	name   string
	status Status
}{
	{"known_affected", Affected}, {"first_affected", Affected}, {"last_affected", Affected},
	{"under_investigation", UnderInvestigation}, {"first_fixed", Fixed}, {"fixed", Fixed}, {"known_not_affected", NotAffected},
}

// state makes a statement of all products that have one status for one and the same reason.
func (d *csafDocument) state(v csafVulnerability) {
	p := d.p
	names := []string{v.CVE}
	for _, id := range v.IDs {
		names = append(names, id.Text)
	}
	ids := p.ids(v.line, names...)
	flags, threats, remedies := d.by(v.Flags), d.by(v.Threats), d.by(v.Remediations)
	unknown := 0
	for _, kind := range csafStatuses {
		var order []Statement
		at := map[string]int{}
		for _, id := range v.Status[kind.name] {
			product, ok := d.products[id]
			if !ok {
				unknown++
				continue
			}
			s := Statement{IDs: ids, Status: kind.status, Line: v.line}
			switch kind.status {
			case NotAffected:
				for _, f := range flags[id] {
					if j := Justification(f.Label); j.Valid() {
						s.Justification = j
					}
				}
				for _, t := range threats[id] {
					if t.Category == "impact" {
						s.Impact = text(t.Details)
					}
				}
			case Affected:
				for _, r := range remedies[id] {
					if s.Action == "" {
						s.Action = text(r.Details)
					}
				}
			}
			key := string(s.Justification) + "\x00" + s.Impact + "\x00" + s.Action
			i, ok := at[key]
			if !ok {
				i = len(order)
				at[key] = i
				order = append(order, s)
			}
			order[i].Products = append(order[i].Products, product)
		}
		for _, s := range order {
			for chunk := range slices.Chunk(s.Products, maxProducts/2) {
				s.Products = chunk
				p.add(s)
			}
		}
	}
	if unknown > 0 {
		p.note(v.line, "the statuses of %.60q name %d products that the product tree does not have; they are passed over", v.CVE, unknown)
	}
}

// by sorts notes by the products that they are about.
func (d *csafDocument) by(notes []csafNote) map[string][]csafNote {
	all := map[string][]csafNote{}
	left := maxPairs
	for _, n := range notes {
		products := n.Products
		for _, g := range n.Groups {
			if left -= len(d.groups[g]); left < 0 {
				return all
			}
			products = append(products, d.groups[g]...)
		}
		for _, id := range products {
			if left--; left < 0 {
				return all
			}
			all[id] = append(all[id], n)
		}
	}
	return all
}
