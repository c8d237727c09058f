// Package sse counts server-sent events in bytes that arrive in arbitrary pieces.
package sse

import "bytes"

var (
	dataField  = []byte("data:")
	doneLine   = []byte("data: [DONE]")
	errorLine  = []byte(`data: {"error"`)
	errorEvent = []byte("event: error")
)

const prefixSize = 16

// Counter counts the events of one stream. Comment lines are not events. The zero value is ready.
type Counter struct {
	// Events is the number of events with data, [DONE] not included.
	Events int
	// Done says that [DONE] was seen.
	Done bool
	// Failed says that an error event was seen, or an event after [DONE].
	Failed bool

	prefix  [prefixSize]byte
	held    int
	hasData bool
	isDone  bool
}

// Feed takes the next piece.
func (c *Counter) Feed(b []byte) {
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			c.held += copy(c.prefix[c.held:], b)
			return
		}
		line := b[:end]
		b = b[end+1:]
		if c.held > 0 {
			c.held += copy(c.prefix[c.held:], line)
			line = c.prefix[:c.held]
			c.held = 0
		}
		c.line(line)
	}
}

// line takes a line without its end; of a line that came in pieces only the first bytes are left.
func (c *Counter) line(line []byte) {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	switch {
	case len(line) == 0:
		c.dispatch()
	case bytes.HasPrefix(line, errorLine), bytes.HasPrefix(line, errorEvent):
		c.Failed = true
	case bytes.Equal(line, doneLine):
		c.hasData, c.isDone = true, true
	case bytes.HasPrefix(line, dataField):
		c.hasData = true
	}
}

func (c *Counter) dispatch() {
	if !c.hasData {
		return
	}
	c.hasData = false
	switch {
	case c.Done:
		c.Failed = true
	case c.isDone:
		c.Done = true
	default:
		c.Events++
	}
}
