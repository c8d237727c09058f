package main

import (
	"time"

	"countersign.dev/countersign/bench/internal/clock"
	"countersign.dev/countersign/bench/internal/histogram"
	"countersign.dev/countersign/bench/internal/procstat"
	"syscall"
)

// sample is a moment: counters, processor time of this and the watched processes, and of the machine.
type sample struct {
	at           int64
	total        totals
	self         time.Duration
	groups       []procstat.Sample
	busy, stolen []time.Duration
}

func (g *generator) sample() (sample, error) {
	s := sample{total: g.total}
	for _, group := range g.config.watch {
		one, err := procstat.Read(group.pids)
		if err != nil {
			return s, err
		}
		s.groups = append(s.groups, one)
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return s, err
	}
	s.self = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	var err error
	if s.busy, s.stolen, err = procstat.Cores(); err != nil {
		return s, err
	}
	s.at = clock.Now()
	return s, nil
}

// quantiles are milliseconds.
type quantiles struct {
	Count uint64  `json:"count"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
}

func quantilesOf(h *histogram.Histogram, perMillisecond float64) quantiles {
	of := func(q float64) float64 { return float64(h.Quantile(q)) / perMillisecond }
	return quantiles{Count: h.Count(), P50: of(0.5), P90: of(0.9), P99: of(0.99), Max: float64(h.Max()) / perMillisecond}
}

type watched struct {
	// CPU is the processor time within the window, seconds.
	CPU float64 `json:"cpu_s"`
	// Resident memory before the run, at the beginning of the window and at its end, KiB.
	RSSBefore int64 `json:"rss_before_kib"`
	RSSOpened int64 `json:"rss_opened_kib"`
	RSSDone   int64 `json:"rss_done_kib"`
}

type counted struct {
	Responses   uint64 `json:"responses"`
	Events      uint64 `json:"events"`
	Tokens      uint64 `json:"tokens"`
	Messages    uint64 `json:"messages"`
	Bytes       uint64 `json:"bytes"`
	Connections uint64 `json:"connections"`
}

func countedOf(t totals) counted {
	return counted{t.responses, t.events, t.tokens, t.messages, t.bytes, t.connections}
}

func (t totals) since(s totals) totals {
	return totals{t.responses - s.responses, t.events - s.events, t.tokens - s.tokens, t.messages - s.messages, t.bytes - s.bytes, t.connections - s.connections}
}

type result struct {
	Protocol protocol `json:"protocol"`
	Mode     string   `json:"mode"`
	Streams  int      `json:"streams"`
	// Seconds is the length of the window.
	Seconds float64 `json:"window_s"`
	// Window and Run count what arrived within the window and in the whole run; responses are complete and verified.
	Window counted `json:"window"`
	Run    counted `json:"run"`
	// Failed answers of the whole run and why.
	Errors   int            `json:"errors"`
	Failures map[string]int `json:"failures,omitempty"`
	// Age of tokens on arrival; time to the end of an answer and to its first content byte; milliseconds.
	Age       quantiles `json:"age_ms"`
	Took      quantiles `json:"took_ms"`
	FirstByte quantiles `json:"first_byte_ms"`
	// Self is the generator's own processor time within the window, seconds.
	Self    float64            `json:"self_cpu_s"`
	Watched map[string]watched `json:"watched"`
	// Busy and Stolen are the processor time of each core within the window, seconds.
	Busy   []float64 `json:"core_busy_s"`
	Stolen []float64 `json:"core_stolen_s"`
}

func (g *generator) result() *result {
	r := &result{
		Protocol: g.config.protocol, Mode: g.config.mode, Streams: g.config.streams,
		Run: countedOf(g.total), Errors: g.failed, Failures: g.failures,
		Age: quantilesOf(&g.age, 1e3), Took: quantilesOf(&g.took, 1e6), FirstByte: quantilesOf(&g.firstByte, 1e6),
		Watched: map[string]watched{},
	}
	if g.done.at == 0 {
		// The run ended before its window did; only the failures count.
		return r
	}
	r.Seconds = float64(g.done.at-g.opened.at) / 1e9
	r.Window = countedOf(g.done.total.since(g.opened.total))
	r.Self = (g.done.self - g.opened.self).Seconds()
	for i, group := range g.config.watch {
		r.Watched[group.name] = watched{
			CPU:       (g.done.groups[i].CPU - g.opened.groups[i].CPU).Seconds(),
			RSSBefore: g.before.groups[i].RSSKiB, RSSOpened: g.opened.groups[i].RSSKiB, RSSDone: g.done.groups[i].RSSKiB,
		}
	}
	for i := range g.done.busy {
		r.Busy = append(r.Busy, (g.done.busy[i] - g.opened.busy[i]).Seconds())
		r.Stolen = append(r.Stolen, (g.done.stolen[i] - g.opened.stolen[i]).Seconds())
	}
	return r
}
