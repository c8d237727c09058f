package main

// fixedRate sends at a constant rate, whatever the answers do. A request that finds no free lane waits, and its time counts from when it was due.
type fixedRate struct {
	g        *generator
	phase    phases
	free     []*lane
	waiting  []int64
	next     int64
	interval float64
	sent     float64
	origin   int64
}

func (m *fixedRate) start() error {
	m.phase.start(m.g)
	m.origin, m.next = m.g.now, m.g.now
	m.interval = 1e9 / m.g.config.rate
	m.free = append(m.free, m.g.lanes...)
	return nil
}

func (m *fixedRate) opened(*lane) {}

func (m *fixedRate) closed(l *lane, err error) {
	if len(m.waiting) > 0 && !m.phase.over {
		due := m.waiting[0]
		m.waiting = m.waiting[1:]
		l.begin(due)
		return
	}
	m.free = append(m.free, l)
}

func (m *fixedRate) tick() int64 {
	for m.next <= m.g.now && !m.phase.over {
		if n := len(m.free); n > 0 {
			l := m.free[n-1]
			m.free = m.free[:n-1]
			l.begin(m.next)
		} else {
			m.waiting = append(m.waiting, m.next)
		}
		m.sent++
		m.next = m.origin + int64(m.sent*m.interval)
	}
	wake := m.phase.tick(m.g)
	if m.phase.over {
		return wake
	}
	return min(wake, m.next)
}
