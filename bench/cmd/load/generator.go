package main

import (
	"errors"
	"sync"
	"time"

	"countersign.dev/countersign/bench/internal/clock"
	"countersign.dev/countersign/bench/internal/epoll"
	"countersign.dev/countersign/bench/internal/histogram"
)

// After this many failures a run is pointless.
const maxFailures = 200

// mode decides when lanes send. All methods run in the event loop.
type mode interface {
	start() error
	// opened is called at the first content byte of an answer, closed after its end.
	opened(l *lane)
	closed(l *lane, err error)
	// tick is called after each round of events and returns when it wants to be called at the latest.
	tick() int64
}

// totals count from the start of the run.
type totals struct {
	responses, events, tokens, messages, bytes, connections uint64
}

type generator struct {
	config  config
	request request
	mode    mode
	lanes   []*lane
	links   []*link
	poller  *epoll.Poller
	buffer  []byte
	dirty   []*http2Link
	lock    sync.Mutex

	now, started int64
	finished     bool
	failure      error
	total        totals
	failures     map[string]int
	failed       int

	measuring            bool
	before, opened, done sample
	inWindow             uint64
	age                  histogram.Histogram // microseconds
	took, firstByte      histogram.Histogram // nanoseconds
}

func newGenerator(c config) (*generator, error) {
	g := &generator{config: c, failures: map[string]int{}, buffer: make([]byte, 256<<10)}
	var err error
	if g.request, err = buildRequest(c); err != nil {
		return nil, err
	}
	if g.poller, err = epoll.New(); err != nil {
		return nil, err
	}
	shared := make([]*http2Link, c.connections)
	for i := range shared {
		shared[i] = &http2Link{g: g}
	}
	for i := range c.streams {
		l := &lane{g: g}
		if c.protocol == grpc {
			l.transport = shared[i%c.connections]
		} else {
			l.transport = &http1Lane{g: g, lane: l}
		}
		g.lanes = append(g.lanes, l)
	}
	switch c.mode {
	case "closed":
		g.mode = &closedLoop{g: g}
	case "rate":
		g.mode = &fixedRate{g: g}
	default:
		g.mode = &held{g: g, idle: c.mode == "idle"}
	}
	g.before, err = g.sample()
	return g, err
}

// loop runs until the mode has finished.
func (g *generator) loop() error {
	g.now = clock.Now()
	g.started = g.now
	if err := g.mode.start(); err != nil {
		return err
	}
	for {
		wake := g.tick()
		if g.finished {
			break
		}
		g.flushDirty()
		ready, err := g.poller.Wait(max(0, wake-clock.Now()))
		if err != nil {
			return err
		}
		g.now = clock.Now()
		for i := range ready {
			if k := g.links[ready[i].Fd]; k != nil {
				k.ready(ready[i].Events)
			}
		}
		g.flushDirty()
	}
	g.closeAll()
	return g.failure
}

func (g *generator) flushDirty() {
	for _, t := range g.dirty {
		t.flush()
	}
	g.dirty = g.dirty[:0]
}

func (g *generator) tick() int64 {
	limit := g.started + int64(g.config.deadline)
	if g.now >= limit {
		g.stop(errors.New("deadline reached"))
		return g.now
	}
	wake := min(g.mode.tick(), limit)
	if g.config.secure {
		g.flushDirty()
	}
	return wake
}

// stop ends the run; an error is one that makes the figures worthless.
func (g *generator) stop(err error) {
	if g.finished {
		return
	}
	g.finished = true
	if err != nil {
		g.fail("run: " + err.Error())
	}
}

// fail counts a failed answer, or a failed run.
func (g *generator) fail(text string) {
	if len(text) > 160 {
		text = text[:160]
	}
	g.failed++
	if _, known := g.failures[text]; known || len(g.failures) < 10 {
		g.failures[text]++
	}
	if g.failed >= maxFailures {
		g.stop(errors.New("too many failures"))
	}
}

// record takes the times of a complete answer.
func (g *generator) record(l *lane) {
	if !g.measuring {
		return
	}
	g.inWindow++
	g.took.Record(g.now - l.begun)
	if l.first > 0 {
		g.firstByte.Record(l.first - l.begun)
	}
}

// openWindow and closeWindow bound what is measured.
func (g *generator) openWindow() {
	g.opened = g.mustSample()
	g.measuring = true
}

func (g *generator) closeWindow() {
	g.measuring = false
	g.done = g.mustSample()
}

func (g *generator) mustSample() sample {
	s, err := g.sample()
	if err != nil && g.failure == nil {
		g.failure = err
		g.stop(err)
	}
	g.now = clock.Now()
	return s
}

func (g *generator) closeAll() {
	for _, l := range g.lanes {
		l.active = false
	}
	for _, l := range g.lanes {
		switch t := l.transport.(type) {
		case *http1Lane:
			if t.link != nil {
				t.link.close()
			}
		case *http2Link:
			if t.link != nil {
				t.conn.Cancel()
				t.flush()
				t.link.close()
				t.link = nil
			}
		}
	}
}

func (g *generator) after(d time.Duration) int64 { return g.now + int64(d) }
