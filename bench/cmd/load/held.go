package main

import (
	"fmt"
)

// held opens every lane's stream once, a few at a time, and measures while all of them are open: paced streams then run to their end, idle ones are cut.
type held struct {
	g        *generator
	idle     bool
	next     int
	waiting  int
	running  int
	ended    int
	from, to int64
	over     bool
}

func (m *held) start() error { return nil }

func (m *held) opened(*lane) {
	m.waiting--
	m.running++
}

func (m *held) closed(l *lane, err error) {
	if l.first == 0 {
		m.waiting--
	} else {
		m.running--
	}
	m.ended++
	if !m.over && !m.g.finished {
		m.g.stop(fmt.Errorf("a stream ended before the window did, %.1f s after the start, with %d of %d opened",
			float64(m.g.now-m.g.started)/1e9, m.running+m.ended, len(m.g.lanes)))
	}
}

func (m *held) tick() int64 {
	g := m.g
	for m.next < len(g.lanes) && m.waiting < g.config.ramp && !g.finished {
		l := g.lanes[m.next]
		m.next++
		m.waiting++
		l.begin(g.now)
	}
	never := g.after(g.config.deadline)
	switch {
	case m.over:
		if m.ended == len(g.lanes) {
			g.stop(nil)
		}
		return never
	case m.running < len(g.lanes):
		return never
	case m.from == 0:
		m.from = g.after(g.config.warmUp)
		return m.from
	case !g.measuring:
		if g.now >= m.from {
			g.openWindow()
			m.to = g.after(g.config.window)
			return m.to
		}
		return m.from
	case g.now < m.to:
		return m.to
	}
	m.over = true
	g.closeWindow()
	if m.idle {
		g.stop(nil)
	}
	return never
}
