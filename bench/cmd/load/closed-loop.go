package main

import (
	"errors"
	"time"
)

// How long answers under way may take after the window.
const drain = 10 * time.Second

// closedLoop lets every lane send again as soon as its answer is complete.
type closedLoop struct {
	g     *generator
	phase phases
}

func (m *closedLoop) start() error {
	m.phase.start(m.g)
	for _, l := range m.g.lanes {
		l.begin(m.g.now)
	}
	return nil
}

func (m *closedLoop) opened(*lane) {}

func (m *closedLoop) closed(l *lane, err error) {
	if !m.phase.over && !m.g.finished {
		l.begin(m.g.now)
	}
}

func (m *closedLoop) tick() int64 { return m.phase.tick(m.g) }

// phases are warm-up, window and drain by the clock.
type phases struct {
	from, to, limit int64
	over            bool
}

func (p *phases) start(g *generator) {
	p.from = g.after(g.config.warmUp)
	p.to = p.from + int64(g.config.window)
	p.limit = p.to + int64(drain)
}

func (p *phases) tick(g *generator) int64 {
	switch {
	case g.now < p.from:
		return p.from
	case !g.measuring && !p.over:
		g.openWindow()
		return p.to
	case g.now < p.to:
		return p.to
	case !p.over:
		p.over = true
		g.closeWindow()
	}
	for _, l := range g.lanes {
		if l.active {
			if g.now >= p.limit {
				g.stop(errors.New("answers did not end after the window"))
			}
			return p.limit
		}
	}
	g.stop(nil)
	return g.now
}
