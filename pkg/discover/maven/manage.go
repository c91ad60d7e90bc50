package maven

import "context"

// manage prepares what m manages: keys that hold properties, and imports.
func (w *workspace) manage(ctx context.Context, m *model) error {
	count := 0
	for i, l := range m.levels {
		for _, d := range l.odd {
			d = m.fill(d, l)
			if _, ok := m.odd[d.key()]; !ok {
				m.odd[d.key()] = managedAt{i, d}
			}
		}
		for _, d := range l.declared.imports {
			d = m.fill(d, l)
			switch {
			case d.scope != "import":
				if _, ok := m.odd[d.key()]; !ok {
					m.odd[d.key()] = managedAt{i, d}
				}
				continue
			case d.kind != "pom":
				continue
			case d.why != "":
				m.fault(d.at, "what %.200s manages is unknown, because %s", d.coords(), d.why)
				continue
			}
			if count++; count > maxImports {
				m.fault(d.at, "more than %d imports; %.200s was passed over", maxImports, d.coords())
				continue
			}
			if err := w.take(ctx, m, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// take adds an import to m, or a note that there is none.
func (w *workspace) take(ctx context.Context, m *model, d dependency) error {
	p, err := w.find(ctx, d.coords())
	if err != nil {
		return err
	}
	if p == nil {
		m.lack(d.coords(), d.at)
		return nil
	}
	w.depth++
	defer func() { w.depth-- }()
	if w.depth > maxParents {
		m.fault(d.at, "imports nest deeper than %d; %.200s was passed over", maxParents, d.coords())
		return nil
	}
	from, err := w.model(ctx, p)
	if err != nil {
		return err
	}
	if from == nil {
		m.fault(d.at, "the import of %.200s leads back to itself; it was passed over", d.coords())
		return nil
	}
	for _, l := range from.lacks {
		m.lack(l.coords, orPlace(l.at, d.at))
	}
	m.imports = append(m.imports, imported{from, d})
	return nil
}

// manages returns what m manages of a key: what the POM and its parents say comes first, then the imports in their order. It
// is nil for nothing, and must not be changed.
func (m *model) manages(key string) *dependency {
	d, ok := m.memo[key]
	if !ok {
		d = m.lookup(key)
		m.memo[key] = d
	}
	return d
}

func (m *model) lookup(key string) *dependency {
	odd, isOdd := m.odd[key]
	for i, l := range m.levels {
		if d, ok := l.managed[key]; ok {
			d = m.fill(d, l)
			return &d
		}
		if isOdd && odd.level == i {
			return &odd.dependency
		}
	}
	for _, im := range m.imports {
		d := im.from.manages(key)
		if d == nil {
			continue
		}
		if d.at.file == "" && im.by.at.file != "" {
			there := *d
			there.at, there.pin = im.by.at, im.by.pin
			d = &there
		}
		return d
	}
	return nil
}
