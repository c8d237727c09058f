package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"countersign.dev/countersign/bench/internal/clock"
	"countersign.dev/countersign/bench/internal/epoll"
)

const (
	readSize = 256 << 10
	maxPlans = 1024
)

var (
	models     = jsonPlan(`{"object":"list","data":[{"id":"bench","object":"model","created":1767225600,"owned_by":"bench","max_model_len":32768}]}`)
	health     = jsonPlan(`{"status":"ok"}`)
	embeddings = jsonPlan(`{"object":"list","data":[{"object":"embedding","index":0,"embedding":[` + strings.Repeat("0.015625,", 255) + `0.015625]}],"model":"bench","usage":{"prompt_tokens":16,"total_tokens":16}}`)
)

// counts is what the engine did since its start; /bench/stats reports it.
type counts struct {
	requests, opened, completed, aborted, events uint64
	latest                                       time.Duration
}

type engine struct {
	poller   *epoll.Poller
	listener int
	pace     string
	standard string

	connections []*connection
	wheel       wheel
	plans       map[string]*plan
	counts      counts
	nextID      uint64
	phase       int64
	buffer      []byte
}

func newEngine(at netip.AddrPort, pace, standard string) (*engine, netip.AddrPort, error) {
	if _, err := parsePlan(chat, standard); err != nil {
		return nil, at, err
	}
	poller, err := epoll.New()
	if err != nil {
		return nil, at, err
	}
	listener, bound, err := epoll.Listen(at)
	if err != nil {
		return nil, at, err
	}
	if err := poller.Add(listener, epoll.Readable); err != nil {
		return nil, at, err
	}
	e := &engine{
		poller: poller, listener: listener, pace: pace, standard: standard,
		plans: map[string]*plan{}, buffer: make([]byte, readSize),
		// Ids stay unique over restarts: the upper half is the second of the start.
		nextID: uint64(time.Now().Unix()) << 32,
	}
	e.wheel.cursor = clock.Now()/int64(slot) + 1
	return e, bound, nil
}

// serve runs until the process is ended.
func (e *engine) serve() error {
	for {
		ready, err := e.poller.Wait(e.wheel.wait(clock.Now()))
		if err != nil {
			return err
		}
		for i := range ready {
			fd := int(ready[i].Fd)
			if fd == e.listener {
				if err := e.accept(); err != nil {
					return err
				}
			} else if c := e.connections[fd]; c != nil {
				c.ready(e, ready[i].Events)
			}
		}
		e.wheel.advance(clock.Now(), e.tick)
	}
}

func (e *engine) accept() error {
	for {
		fd, err := epoll.Accept(e.listener)
		if errors.Is(err, epoll.ErrAgain) {
			return nil
		}
		if err != nil {
			return err
		}
		if fd >= len(e.connections) {
			e.connections = append(e.connections, make([]*connection, fd+1-len(e.connections))...)
		}
		e.connections[fd] = &connection{fd: fd}
		if err := e.poller.Add(fd, epoll.Readable); err != nil {
			return err
		}
	}
}

// answer picks the plan for a request; nil with a status line and text is a refusal.
func (e *engine) answer(method, path, body []byte) (*plan, string) {
	switch {
	case bytes.Equal(method, []byte("POST")):
		switch string(path) {
		case "/v1/chat/completions":
			return e.plan("chat", chat, body)
		case "/v1/completions":
			return e.plan("completion", completion, body)
		case "/v1/embeddings":
			return embeddings, ""
		}
	case bytes.Equal(method, []byte("GET")):
		switch string(path) {
		case "/v1/models":
			return models, ""
		case "/health":
			return health, ""
		case "/bench/stats":
			return e.stats(), ""
		}
	}
	return nil, "404 Not Found"
}

func (e *engine) plan(kind string, d dialect, body []byte) (*plan, string) {
	text := chosen(body)
	switch stream := wantsStream(body); {
	case !stream && !bytes.HasPrefix(text, []byte("buffered")):
		text = []byte("buffered")
	case stream && (len(text) == 0 || bytes.HasPrefix(text, []byte("buffered"))):
		text = []byte(e.standard)
	}
	key := kind + " " + string(text)
	if p, ok := e.plans[key]; ok {
		return p, ""
	}
	p, err := parsePlan(d, string(text))
	if err != nil || len(e.plans) >= maxPlans {
		return nil, "400 Bad Request"
	}
	e.plans[key] = p
	return p, ""
}

func (e *engine) stats() *plan {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	cpu := usage.Utime.Nano() + usage.Stime.Nano()
	n := e.counts
	return jsonPlan(fmt.Sprintf(
		`{"requests":%d,"streams_opened":%d,"streams_completed":%d,"streams_aborted":%d,"events":%d,"max_late_us":%d,"cpu_us":%d}`,
		n.requests, n.opened, n.completed, n.aborted, n.events, n.latest.Microseconds(), cpu/1000))
}

// begin sends the head of an answer and schedules what follows.
func (e *engine) begin(c *connection, p *plan) {
	e.nextID++
	e.counts.requests++
	c.plan, c.id, c.remaining = p, e.nextID, p.ticks
	if p.head.events > 0 {
		e.counts.opened++
		e.counts.events += uint64(p.head.events)
	}
	now := clock.Now()
	text := p.head.render(c.id, now)
	sent := 0
	for _, end := range p.pieces {
		c.send(e, text[sent:end])
		sent = end
	}
	if sent < len(text) {
		c.send(e, text[sent:])
	}
	switch {
	case c.fd < 0:
		// The peer has gone; close has counted it.
	case !p.stream:
		if p.head.events > 0 {
			e.counts.completed++
		}
		c.plan = nil
		c.settle(e)
	case p.interval > 0:
		e.wheel.add(c, e.firstTick(p, now))
	}
}

// firstTick is the millisecond of a stream's second event: one of the interval's slots, taken in turn, or always the same.
func (e *engine) firstTick(p *plan, now int64) int64 {
	interval := int64(p.interval / slot)
	offset := int64(0)
	if cmp.Or(p.pace, e.pace) == spread {
		offset = e.phase % interval
		e.phase++
	}
	earliest := max(now/int64(slot)+1, e.wheel.cursor+1)
	return earliest + (offset-earliest%interval+interval)%interval
}

// tick sends the next event of a paced stream that was due at the given millisecond.
func (e *engine) tick(c *connection, due int64) {
	p := c.plan
	now := clock.Now()
	e.counts.latest = max(e.counts.latest, time.Duration(now-due*int64(slot)))
	e.counts.events++
	if c.remaining == 0 {
		e.counts.completed++
		c.plan, c.due = nil, 0
		c.send(e, p.tail.render(c.id, now))
		c.settle(e)
		c.next(e)
		return
	}
	c.remaining--
	// Late slots are made up for one by one, so a stream always gets all its events.
	e.wheel.add(c, due+int64(p.interval/slot))
	c.send(e, p.tick.render(c.id, now))
}
