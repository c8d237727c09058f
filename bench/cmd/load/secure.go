package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"countersign.dev/countersign/bench/internal/clock"
)

// dialSecure is the slower path: a blocking TLS connection with a goroutine that reads it. The generator's lock makes it look like the event loop.
// The certificate is not verified: the bench measures the cost of TLS on loopback, it does not trust the answer.
func (k *link) dialSecure() error {
	alpn := "http/1.1"
	if k.g.config.protocol == grpc {
		alpn = "h2"
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	conn, err := tls.DialWithDialer(dialer, "tcp", k.g.config.target.String(), &tls.Config{
		InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, NextProtos: []string{alpn}, ServerName: k.g.config.serverName,
	})
	if err != nil {
		return err
	}
	if negotiated := conn.ConnectionState().NegotiatedProtocol; negotiated != alpn {
		_ = conn.Close()
		return fmt.Errorf("ALPN %q instead of %q", negotiated, alpn)
	}
	k.secure = conn
	go k.readSecure(conn)
	return nil
}

func (k *link) readSecure(conn net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := conn.Read(buffer)
		k.g.lock.Lock()
		if !k.open() {
			k.g.lock.Unlock()
			return
		}
		k.g.now = clock.Now()
		if n > 0 {
			if failure := k.peer.feed(buffer[:n]); failure != nil {
				k.end(failure)
			}
		}
		if err != nil {
			k.end(err)
		}
		k.g.lock.Unlock()
		if err != nil {
			return
		}
	}
}

// loopSecure runs the mode's clock; the readers do the rest.
func (g *generator) loopSecure() error {
	g.lock.Lock()
	defer g.lock.Unlock()
	g.now = clock.Now()
	g.started = g.now
	if err := g.mode.start(); err != nil {
		return err
	}
	for !g.finished {
		g.lock.Unlock()
		time.Sleep(time.Millisecond)
		g.lock.Lock()
		g.now = clock.Now()
		g.tick()
	}
	g.closeAll()
	return g.failure
}
