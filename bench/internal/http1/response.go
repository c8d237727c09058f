// Package http1 reads HTTP/1.1 messages (RFC 9112) that arrive in arbitrary pieces: responses for the load generator, requests for the mock
// engine. It is strict about framing, because a bench that misreads a boundary miscounts.
package http1

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

const maxHead = 32 << 10

type state uint8

const (
	inHead state = iota
	inSized
	inChunkSize
	inChunkExtension
	inChunk
	afterChunk
	inTrailer
	complete
)

var (
	headEnd = []byte("\r\n\r\n")
	lineEnd = []byte("\r\n")
)

// Sink takes the content of a message, piece by piece, without its framing.
type Sink interface {
	Content(piece []byte)
}

// Response reads one response after another. The zero value is ready.
type Response struct {
	// Status is the status code, 0 before the head is complete.
	Status int
	// Close says that the server will close the connection after this response.
	Close bool

	head    []byte
	state   state
	missing int
	digits  int
	line    int
}

// Reset prepares for the next response and keeps the buffer.
func (r *Response) Reset() { *r = Response{head: r.head[:0]} }

// Feed reads from b. It stops at the end of the response: done is true and rest is what follows.
func (r *Response) Feed(b []byte, sink Sink) (rest []byte, done bool, err error) {
	for len(b) > 0 && r.state != complete {
		switch r.state {
		case inHead:
			b, err = r.feedHead(b)
		case inSized, inChunk:
			n := min(r.missing, len(b))
			sink.Content(b[:n])
			b = b[n:]
			r.missing -= n
			if r.missing == 0 {
				if r.state == inSized {
					r.state = complete
				} else {
					r.state, r.line = afterChunk, 0
				}
			}
		default:
			b, err = r.feedFraming(b)
		}
		if err != nil {
			return nil, false, err
		}
	}
	return b, r.state == complete, nil
}

func (r *Response) feedHead(b []byte) ([]byte, error) {
	before := len(r.head)
	r.head = append(r.head, b...)
	end := bytes.Index(r.head[max(0, before-3):], headEnd)
	if end < 0 {
		if len(r.head) > maxHead {
			return nil, errors.New("response head too large")
		}
		return nil, nil
	}
	end += max(0, before-3) + len(headEnd)
	if err := r.parseHead(r.head[:end]); err != nil {
		return nil, err
	}
	rest := b[end-before:]
	r.head = r.head[:0]
	return rest, nil
}

func (r *Response) parseHead(head []byte) error {
	line, head, _ := bytes.Cut(head, lineEnd)
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) || len(line) < 12 {
		return fmt.Errorf("status line %q", line)
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return fmt.Errorf("status line %q", line)
	}
	if status < 200 {
		if status == 101 {
			return errors.New("unexpected protocol switch")
		}
		return nil // an interim response; the final head follows
	}
	r.Status = status
	fields, err := parseFields(head)
	if err != nil {
		return err
	}
	r.Close = fields.close
	switch {
	case status == 204 || status == 304:
		r.state = complete
	case fields.chunked:
		r.state = inChunkSize
	case fields.length > 0:
		r.state, r.missing = inSized, fields.length
	case fields.length == 0:
		r.state = complete
	default:
		return errors.New("response without a length")
	}
	return nil
}

func (r *Response) feedFraming(b []byte) ([]byte, error) {
	for i, c := range b {
		switch r.state {
		case inChunkSize:
			digit := hexValue(c)
			switch {
			case digit >= 0 && r.digits < 7:
				r.missing = r.missing<<4 | digit
				r.digits++
			case digit >= 0 || r.digits == 0:
				return nil, errors.New("bad chunk size")
			case c == '\r' || c == ';' || c == ' ' || c == '\t':
				r.state = inChunkExtension
			default:
				return nil, errors.New("bad chunk size")
			}
		case inChunkExtension:
			if c != '\n' {
				continue
			}
			r.digits = 0
			if r.missing > 0 {
				r.state = inChunk
				return b[i+1:], nil
			}
			r.state, r.line = inTrailer, 0
		case afterChunk:
			if c != "\r\n"[r.line] {
				return nil, errors.New("chunk longer than its size")
			}
			r.line++
			if r.line == 2 {
				r.state = inChunkSize
			}
		case inTrailer:
			switch {
			case c == '\n' && r.line == 0:
				r.state = complete
				return b[i+1:], nil
			case c == '\n':
				r.line = 0
			case c != '\r':
				r.line++
			}
		}
	}
	return nil, nil
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	default:
		return -1
	}
}
