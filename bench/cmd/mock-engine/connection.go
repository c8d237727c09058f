package main

import (
	"errors"

	"countersign.dev/countersign/bench/internal/epoll"
	"countersign.dev/countersign/bench/internal/http1"
)

// A reader that leaves more than this unread is cut off.
const maxUnsent = 32 << 20

// connection is one keep-alive connection; it serves one request at a time.
type connection struct {
	fd int
	// in holds bytes of requests that are not served yet, out bytes the socket did not take.
	in, out []byte
	// plan is the answer under way, nil between requests.
	plan      *plan
	id        uint64
	remaining int
	due       int64
	closing   bool
}

func (c *connection) ready(e *engine, events uint32) {
	if events&epoll.Writable != 0 && len(c.out) > 0 {
		c.flush(e)
	}
	if c.fd < 0 || events&^epoll.Writable == 0 {
		return
	}
	n, err := epoll.Read(c.fd, e.buffer)
	switch {
	case errors.Is(err, epoll.ErrAgain):
	case err != nil || n == 0:
		c.close(e)
	default:
		c.take(e, e.buffer[:n])
	}
}

// take serves what is complete and keeps the rest.
func (c *connection) take(e *engine, b []byte) {
	if c.plan == nil && len(c.in) == 0 {
		taken := c.serve(e, b)
		if c.fd >= 0 && taken < len(b) {
			c.in = append(c.in, b[taken:]...)
		}
		return
	}
	c.in = append(c.in, b...)
	c.next(e)
}

// next serves what has arrived while another request was served.
func (c *connection) next(e *engine) {
	if c.fd < 0 || c.plan != nil || len(c.in) == 0 {
		return
	}
	taken := c.serve(e, c.in)
	c.in = append(c.in[:0], c.in[taken:]...)
}

// serve answers the complete requests at the beginning of b, up to one that streams, and returns how many bytes they took.
func (c *connection) serve(e *engine, b []byte) int {
	taken := 0
	for c.fd >= 0 && c.plan == nil && taken < len(b) {
		request, size, err := http1.ParseRequest(b[taken:])
		if err != nil {
			c.refuse(e, "400 Bad Request")
			return len(b)
		}
		if size == 0 {
			return taken
		}
		taken += size
		p, refusal := e.answer(request.Method, request.Path, request.Body)
		if p == nil {
			c.refuse(e, refusal)
			return len(b)
		}
		c.closing = request.Close
		e.begin(c, p)
	}
	return taken
}

func (c *connection) refuse(e *engine, status string) {
	c.closing = true
	c.send(e, []byte("HTTP/1.1 "+status+"\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}"))
	c.settle(e)
}

func (c *connection) send(e *engine, b []byte) {
	if c.fd < 0 {
		return
	}
	if len(c.out) == 0 {
		n, err := epoll.Write(c.fd, b)
		if err != nil {
			c.close(e)
			return
		}
		if n == len(b) {
			return
		}
		b = b[n:]
		if err := e.poller.Modify(c.fd, epoll.Readable|epoll.Writable); err != nil {
			c.close(e)
			return
		}
	}
	if len(c.out)+len(b) > maxUnsent {
		c.close(e)
		return
	}
	c.out = append(c.out, b...)
}

func (c *connection) flush(e *engine) {
	n, err := epoll.Write(c.fd, c.out)
	if err == nil && n == len(c.out) {
		err = e.poller.Modify(c.fd, epoll.Readable)
	}
	if err != nil {
		c.close(e)
		return
	}
	c.out = append(c.out[:0], c.out[n:]...)
	if len(c.out) == 0 {
		c.settle(e)
	}
}

// settle closes a connection whose last answer is out, if the client wanted that.
func (c *connection) settle(e *engine) {
	if c.closing && c.plan == nil && len(c.out) == 0 {
		c.close(e)
	}
}

func (c *connection) close(e *engine) {
	if c.fd < 0 {
		return
	}
	if c.plan != nil && c.plan.stream {
		e.counts.aborted++
	}
	epoll.Close(c.fd)
	e.connections[c.fd] = nil
	c.fd, c.due, c.plan, c.in, c.out = -1, 0, nil, nil, nil
}
