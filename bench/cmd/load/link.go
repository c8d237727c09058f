package main

import (
	"errors"
	"io"
	"net"

	"countersign.dev/countersign/bench/internal/clock"
	"countersign.dev/countersign/bench/internal/epoll"
)

// receiver takes what a link reads.
type receiver interface {
	feed(b []byte) error
	// lost says that the link has ended; nil for a regular end of stream.
	lost(err error)
}

// link is a connection. Without TLS it belongs to the event loop; with TLS it has a reader of its own and secure is set.
type link struct {
	g      *generator
	fd     int
	out    []byte
	secure net.Conn
	peer   receiver
}

func (g *generator) dial(peer receiver) (*link, error) {
	k := &link{g: g, fd: -1, peer: peer}
	if g.config.secure {
		return k, k.dialSecure()
	}
	fd, err := epoll.Dial(g.config.target)
	if err != nil {
		return nil, err
	}
	k.fd = fd
	if fd >= len(g.links) {
		g.links = append(g.links, make([]*link, fd+1-len(g.links))...)
	}
	g.links[fd] = k
	return k, g.poller.Add(fd, epoll.Readable)
}

func (k *link) ready(events uint32) {
	if events&epoll.Writable != 0 && len(k.out) > 0 {
		k.flush()
	}
	if k.fd < 0 || events&^epoll.Writable == 0 {
		return
	}
	n, err := epoll.Read(k.fd, k.g.buffer)
	if errors.Is(err, epoll.ErrAgain) {
		return
	}
	k.g.now = clock.Now()
	if err == nil && n > 0 {
		err = k.peer.feed(k.g.buffer[:n])
		if err == nil {
			return
		}
	}
	k.end(err)
}

// write sends b, or keeps what the socket does not take. It does not report a lost connection: reading does.
func (k *link) write(b []byte) {
	if k.secure != nil {
		_, _ = k.secure.Write(b)
		return
	}
	if k.fd < 0 || len(b) == 0 {
		return
	}
	if len(k.out) == 0 {
		n, err := epoll.Write(k.fd, b)
		if err != nil || n == len(b) {
			return
		}
		b = b[n:]
		if k.g.poller.Modify(k.fd, epoll.Readable|epoll.Writable) != nil {
			return
		}
	}
	k.out = append(k.out, b...)
}

func (k *link) flush() {
	n, err := epoll.Write(k.fd, k.out)
	if err != nil {
		k.out = k.out[:0]
		return
	}
	k.out = append(k.out[:0], k.out[n:]...)
	if len(k.out) == 0 {
		_ = k.g.poller.Modify(k.fd, epoll.Readable)
	}
}

func (k *link) end(err error) {
	if k.open() {
		k.close()
		if errors.Is(err, io.EOF) {
			err = nil
		}
		k.peer.lost(err)
	}
}

func (k *link) open() bool { return k.fd >= 0 || k.secure != nil }

func (k *link) close() {
	if k.secure != nil {
		_ = k.secure.Close()
		k.secure = nil
	}
	if k.fd >= 0 {
		epoll.Close(k.fd)
		k.g.links[k.fd] = nil
		k.fd = -1
	}
}
