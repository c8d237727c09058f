package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"countersign.dev/countersign/bench/internal/marker"
)

func TestEventsHaveTheSizeAskedFor(t *testing.T) {
	for name, d := range map[string]dialect{"chat": chat, "completion": completion} {
		for _, size := range []int{64, 100, 200, 1000} {
			text := d.middle(size)
			if len(text) != size {
				t.Errorf("%s: %d bytes instead of %d", name, len(text), size)
			}
			data, ok := strings.CutPrefix(strings.TrimSuffix(text, "\n\n"), "data: ")
			if !ok || !json.Valid([]byte(data)) {
				t.Errorf("%s: %q", name, text)
			}
		}
		if body := padded(d.whole, "", 2048); len(body) != 2048 || !json.Valid([]byte(body)) {
			t.Errorf("%s: buffered answer of %d bytes", name, len(body))
		}
	}
	if text := chat.middle(1); len(text) != 64 {
		t.Errorf("the smallest chat event has %d bytes", len(text))
	}
}

func TestPlans(t *testing.T) {
	p, err := parsePlan(chat, "burst:51")
	if err != nil {
		t.Fatal(err)
	}
	text := string(p.head.render(0xabc, 5_000_000))
	if got := strings.Count(text, "data: {"); got != 51 || !strings.HasSuffix(text, "data: [DONE]\n\n\r\n0\r\n\r\n") {
		t.Errorf("%d events", got)
	}
	// 51 events and [DONE], each in a write of its own.
	if len(p.pieces) != 52 || p.pieces[51] != len(text) {
		t.Errorf("%d writes", len(p.pieces))
	}
	if strings.Contains(text, "@") || strings.Count(text, "chatcmpl-0000000000000abc") != 51 || strings.Count(text, "~0001388") != 50 {
		t.Error("places are not filled")
	}
	if p, err = parsePlan(chat, "paced:20ms:64:10"); err != nil || p.ticks != 8 || p.interval != 20*slot {
		t.Errorf("%+v, %v", p, err)
	}
	for _, bad := range []string{"", "burst:1", "burst:51:200:1", "paced:1us", "paced:1h", "paced:10ms:64:-1", "paced:10ms:64:10:often", "buffered:x", "burst:1000000:1000000"} {
		if _, err := parsePlan(chat, bad); err == nil {
			t.Errorf("plan %q is accepted", bad)
		}
	}
}

func TestChoice(t *testing.T) {
	for body, want := range map[string]string{
		`{"stream":true,"user":"idle"}`:                                                "idle true",
		"{\"user\" : \"paced:10ms\",\n\"stream\" :\ttrue}":                             "paced:10ms true",
		`{"messages":[{"role":"user"},{"role": "user" }],"user":"idle","stream":true}`: "idle true",
		`{"stream":false}`:               " false",
		`{"stream_options":{},"user":7}`: " false",
	} {
		got := string(chosen([]byte(body)))
		if wantsStream([]byte(body)) {
			got += " true"
		} else {
			got += " false"
		}
		if got != want {
			t.Errorf("%s: %q", body, got)
		}
	}
}

func TestWheelCallsEachStreamOnceInItsMillisecond(t *testing.T) {
	w := &wheel{cursor: 100}
	first, ended, far := &connection{}, &connection{}, &connection{}
	w.add(first, 105)
	w.add(ended, 105)
	ended.due = 0
	w.add(far, 100+slots-1)
	var called []int64
	send := func(c *connection, due int64) {
		called = append(called, due)
		if c == first && due < 125 {
			w.add(c, due+10)
		}
	}
	if got := w.wait(100 * int64(slot)); got != 5*int64(slot) {
		t.Errorf("the first wait is %d ns", got)
	}
	w.advance(104*int64(slot), send)
	if len(called) != 0 {
		t.Error("called early")
	}
	// A late call makes up for every millisecond it has missed, in order.
	w.advance(200*int64(slot), send)
	if len(called) != 3 || called[0] != 105 || called[1] != 115 || called[2] != 125 {
		t.Errorf("called at %v", called)
	}
	w.advance((100+slots)*int64(slot), send)
	if len(called) != 4 || w.size != 0 || w.wait(0) != -1 {
		t.Errorf("called at %v, %d left", called, w.size)
	}
}

func TestFirstTick(t *testing.T) {
	e := &engine{pace: spread}
	spreadPlan, alignedPlan := &plan{interval: 10 * slot}, &plan{interval: 10 * slot, pace: aligned}
	var spreads, together []int64
	for range 10 {
		spreads = append(spreads, e.firstTick(spreadPlan, 1_000*int64(slot)))
		together = append(together, e.firstTick(alignedPlan, 1_000*int64(slot)))
	}
	slices.Sort(spreads)
	for i := range spreads {
		if spreads[i] != 1_001+int64(i) || together[i] != 1_010 {
			t.Fatalf("spread %v, aligned %v", spreads, together)
		}
	}
}

func TestMarkerPlaceFitsTheMarker(t *testing.T) {
	if len(markerPlace) != marker.Size {
		t.Errorf("%d bytes for a marker of %d", len(markerPlace), marker.Size)
	}
}
