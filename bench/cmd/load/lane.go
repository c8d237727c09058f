package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"countersign.dev/countersign/bench/internal/envelope"
	"countersign.dev/countersign/bench/internal/h2"
	"countersign.dev/countersign/bench/internal/marker"
	"countersign.dev/countersign/bench/internal/sse"
)

// lane sends one request at a time and checks the answer.
type lane struct {
	g         *generator
	transport transport
	active    bool
	// begun is when the request was sent, or was due; first when its first content byte came; nanoseconds.
	begun, first int64

	status                  int
	grpcStatus, grpcMessage string
	refusal                 []byte
	bytes, tokens           int
	events                  sse.Counter
	messages                envelope.Reader
	markers                 marker.Scanner
}

// transport carries the requests of one or more lanes.
type transport interface {
	send(l *lane)
}

// begin sends the lane's next request. Its time counts from the moment given.
func (l *lane) begin(due int64) {
	l.active, l.begun, l.first = true, due, 0
	l.status, l.grpcStatus, l.grpcMessage, l.refusal = 0, "", "", nil
	l.bytes, l.tokens = 0, 0
	l.events = sse.Counter{}
	l.messages.Reset()
	l.markers.Reset()
	l.transport.send(l)
}

// Content takes a piece of the answer.
func (l *lane) Content(piece []byte) {
	if len(piece) == 0 {
		return
	}
	g := l.g
	if l.first == 0 {
		l.first = g.now
		defer g.mode.opened(l)
	}
	l.bytes += len(piece)
	g.total.bytes += uint64(len(piece))
	switch {
	case l.status != 200:
		l.refusal = append(l.refusal, piece[:min(len(piece), 120)]...)
	case g.config.protocol == rest && g.config.stream:
		before := l.events.Events
		l.events.Feed(piece)
		g.total.events += uint64(l.events.Events - before)
		l.scan(piece)
	case g.config.protocol == connect, g.config.protocol == grpc:
		l.unwrap(piece)
	default:
		l.scan(piece)
	}
}

func (l *lane) unwrap(piece []byte) {
	before := l.messages.Messages
	for len(piece) > 0 {
		content, rest, err := l.messages.Feed(piece)
		if err != nil {
			l.g.fail("answer: " + err.Error())
			return
		}
		l.scan(content)
		piece = rest
	}
	l.g.total.messages += uint64(l.messages.Messages - before)
}

// scan counts tokens and takes their age.
func (l *lane) scan(b []byte) {
	for {
		value, rest, ok := l.markers.Next(b)
		if !ok {
			return
		}
		b = rest
		l.tokens++
		l.g.total.tokens++
		if l.g.measuring {
			l.g.age.Record(marker.Age(value, l.g.now))
		}
	}
}

// Header takes an HTTP/2 header block.
func (l *lane) Header(h h2.Header) {
	if h.Status != 0 {
		l.status = h.Status
	}
	if h.GRPCStatus != "" {
		l.grpcStatus, l.grpcMessage = h.GRPCStatus, h.GRPCMessage
	}
}

// Closed ends the answer.
func (l *lane) Closed(err error) {
	if !l.active {
		return
	}
	l.active = false
	if err == nil {
		err = l.verify()
	}
	g := l.g
	if err != nil {
		g.fail(err.Error())
	} else {
		g.total.responses++
		g.record(l)
	}
	g.mode.closed(l, err)
}

// verify checks that the answer is complete and regular.
func (l *lane) verify() error {
	c := l.g.config
	if l.status != 200 {
		return fmt.Errorf("status %d: %.120q", l.status, l.refusal)
	}
	var err error
	switch {
	case c.protocol == rest && c.stream:
		err = l.verifyEvents()
	case c.protocol == connect:
		err = l.verifyEnd()
	case c.protocol == grpc && l.grpcStatus != "0":
		err = fmt.Errorf("grpc-status %q: %s", l.grpcStatus, l.grpcMessage)
	case c.protocol == grpc && !l.messages.Whole():
		err = errors.New("the stream ended within a message")
	}
	if err != nil {
		return err
	}
	if c.tokens >= 0 && l.tokens != c.tokens {
		return fmt.Errorf("%d tokens instead of %d", l.tokens, c.tokens)
	}
	if c.bytes >= 0 && l.bytes != c.bytes {
		return fmt.Errorf("%d bytes instead of %d", l.bytes, c.bytes)
	}
	return nil
}

func (l *lane) verifyEvents() error {
	switch want := l.g.config.events; {
	case l.events.Failed:
		return errors.New("error event, or an event after [DONE]")
	case !l.events.Done:
		return errors.New("no [DONE]")
	case want >= 0 && l.events.Events != want:
		return fmt.Errorf("%d events instead of %d", l.events.Events, want)
	}
	return nil
}

// verifyEnd reads the end of a Connect stream: a JSON object, with an error or without.
func (l *lane) verifyEnd() error {
	if !l.messages.Ended {
		return errors.New("no end of stream")
	}
	var end struct {
		Error *struct{ Code, Message string }
	}
	if err := json.Unmarshal(l.messages.End, &end); err != nil {
		return fmt.Errorf("end of stream: %w", err)
	}
	if end.Error != nil {
		return fmt.Errorf("end of stream: %s: %s", end.Error.Code, end.Error.Message)
	}
	return nil
}
