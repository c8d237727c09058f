package main

import (
	"errors"

	"countersign.dev/countersign/bench/internal/h2"
	"countersign.dev/countersign/bench/internal/http1"
)

var errLost = errors.New("connection closed within an answer")

// http1Lane is a connection that carries one lane; it dials again when the server has closed it between answers.
type http1Lane struct {
	g        *generator
	lane     *lane
	link     *link
	response http1.Response
}

func (t *http1Lane) send(l *lane) {
	t.response.Reset()
	if t.link == nil {
		link, err := t.g.dial(t)
		if err != nil {
			l.Closed(err)
			return
		}
		t.link = link
		t.g.total.connections++
	}
	t.link.write(t.g.request.h1)
}

func (t *http1Lane) feed(b []byte) error {
	if !t.lane.active {
		return errors.New("bytes without a request")
	}
	rest, done, err := t.response.Feed(b, t)
	if err != nil || !done {
		return err
	}
	if len(rest) > 0 {
		return errors.New("bytes after the answer")
	}
	if t.response.Close {
		t.link.close()
		t.link = nil
	}
	t.lane.status = t.response.Status
	t.lane.Closed(nil)
	return nil
}

// Content passes the answer on; the lane treats an error document differently from an answer.
func (t *http1Lane) Content(piece []byte) {
	t.lane.status = t.response.Status
	t.lane.Content(piece)
}

func (t *http1Lane) lost(err error) {
	t.link = nil
	if !t.lane.active {
		return
	}
	if err == nil {
		err = errLost
	}
	t.lane.Closed(err)
}

// http2Link is a connection that carries several lanes.
type http2Link struct {
	g    *generator
	link *link
	conn *h2.Conn
}

func (t *http2Link) send(l *lane) {
	if t.link == nil {
		link, err := t.g.dial(t)
		if err != nil {
			l.Closed(err)
			return
		}
		t.link, t.conn = link, h2.NewConn()
		t.g.total.connections++
	}
	t.conn.Open(l, t.g.request.block, t.g.request.body)
	t.g.dirty = append(t.g.dirty, t)
}

// flush sends what several lanes have put into the connection since the last flush.
func (t *http2Link) flush() {
	if t.link != nil && len(t.conn.Out) > 0 {
		t.link.write(t.conn.Out)
		t.conn.Out = t.conn.Out[:0]
	}
}

func (t *http2Link) feed(b []byte) error {
	err := t.conn.Feed(b)
	t.flush()
	return err
}

func (t *http2Link) lost(err error) {
	if err == nil {
		err = errLost
	}
	conn := t.conn
	t.link, t.conn = nil, nil
	conn.Fail(err)
}
