package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	streamHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
	lastChunk  = "0\r\n\r\n"
	fullSize   = 200
	maxEvents  = 1 << 20
	maxSize    = 1 << 20
	maxBurst   = 16 << 20

	// When paced streams send: each in its own slot of the interval, or all together.
	spread  = "spread"
	aligned = "aligned"
)

// plan is one kind of answer, built once.
type plan struct {
	// head is the whole answer of a buffered or burst plan, and up to the first event of the others.
	head template
	// pieces are the ends of what is written at once within the head, in order; empty for a single write.
	pieces []int
	// tick is one event of a paced plan, sent ticks times every interval, and tail its last event and the end.
	tick     template
	tail     template
	ticks    int
	interval time.Duration
	// pace overrides the engine's flag: spread or aligned, empty for neither.
	pace string
	// stream says that the answer is not over with its head.
	stream bool
}

func bufferedPlan(d dialect, size int) *plan {
	body := padded(d.whole, "", size)
	return jsonPlan(body)
}

func jsonPlan(body string) *plan {
	return &plan{head: newTemplate(fmt.Sprintf("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s", len(body), body), 0)}
}

// burstPlan sends all events at once: each in a write of its own, as inference engines do, or all in a single one.
func burstPlan(d dialect, events, size int, single bool) *plan {
	var b strings.Builder
	var pieces []int
	write := func(text string) {
		b.WriteString(text)
		pieces = append(pieces, b.Len())
	}
	write(streamHead + chunk(event(d.first, size)))
	for range events - 2 {
		write(chunk(d.middle(size)))
	}
	write(chunk(event(d.last, size)))
	write(chunk(done) + lastChunk)
	if single {
		pieces = nil
	}
	return &plan{head: newTemplate(b.String(), events), pieces: pieces}
}

func pacedPlan(d dialect, interval time.Duration, size, events int) *plan {
	return &plan{
		head:     newTemplate(streamHead+chunk(event(d.first, fullSize)), 1),
		tick:     newTemplate(chunk(d.middle(size)), 1),
		tail:     newTemplate(chunk(event(d.last, fullSize))+chunk(done)+lastChunk, 1),
		ticks:    events - 2,
		interval: interval,
		stream:   true,
	}
}

func idlePlan(d dialect) *plan {
	return &plan{head: newTemplate(streamHead+chunk(event(d.first, fullSize)), 1), stream: true}
}

// parsePlan reads burst[:events[:bytes]], block[:events[:bytes]], paced[:interval[:bytes[:events[:spread or aligned]]]], buffered[:bytes] or idle. Events count the
// first and the last one, but not [DONE].
func parsePlan(d dialect, text string) (*plan, error) {
	kind, rest, _ := strings.Cut(text, ":")
	arguments := strings.Split(rest, ":")
	next := func() string {
		if len(arguments) == 0 {
			return ""
		}
		first := arguments[0]
		arguments = arguments[1:]
		return first
	}
	var failure error
	number := func(fallback, least, most int) int {
		argument := next()
		if argument == "" {
			return fallback
		}
		n, err := strconv.Atoi(argument)
		if err != nil || n < least || n > most {
			failure = fmt.Errorf("plan %q: %q is not a number from %d to %d", text, argument, least, most)
			return fallback
		}
		return n
	}
	var p *plan
	switch kind {
	case "burst", "block":
		events, size := number(51, 2, maxEvents), number(fullSize, 1, maxSize)
		if failure == nil && events*max(size, fullSize) > maxBurst {
			failure = fmt.Errorf("plan %q is longer than %d bytes", text, maxBurst)
		}
		if failure == nil {
			p = burstPlan(d, events, size, kind == "block")
		}
	case "paced":
		interval := 10 * time.Millisecond
		if argument := next(); argument != "" {
			interval, failure = time.ParseDuration(argument)
			if failure == nil && (interval < slot || interval > longest || interval%slot != 0) {
				failure = fmt.Errorf("plan %q: the interval is whole milliseconds up to %s", text, longest)
			}
		}
		p = pacedPlan(d, interval, number(64, 1, maxSize), number(100, 2, maxEvents))
		if p.pace = next(); failure == nil && p.pace != "" && p.pace != spread && p.pace != aligned {
			failure = fmt.Errorf("plan %q: %q is neither %s nor %s", text, p.pace, spread, aligned)
		}
	case "buffered":
		p = bufferedPlan(d, number(2048, 1, maxSize))
	case "idle":
		p = idlePlan(d)
	default:
		failure = fmt.Errorf("plan %q: burst, block, paced, buffered or idle", text)
	}
	if failure == nil && len(arguments) > 0 && arguments[0] != "" {
		failure = fmt.Errorf("plan %q has too many parts", text)
	}
	return p, failure
}
