// Package envelope splits a stream of Connect or gRPC messages: one byte of flags, four bytes of length, the message.
package envelope

import (
	"encoding/binary"
	"fmt"
)

const (
	headerSize = 5
	// EndStream marks the last envelope of a Connect stream, whose message is JSON.
	EndStream  = 0x02
	maxMessage = 16 << 20
	maxEnd     = 64 << 10
)

// Append appends one uncompressed envelope with the message to b.
func Append(b, message []byte) []byte {
	b = append(b, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(len(message)))
	return append(b, message...)
}

// Reader splits bytes that arrive in arbitrary pieces. The zero value is ready.
type Reader struct {
	// Messages is the number of complete messages, the end-stream envelope not included.
	Messages int
	// Ended says that the end-stream envelope is complete.
	Ended bool
	// End holds the JSON of the end-stream envelope.
	End []byte

	header  [headerSize]byte
	held    int
	missing int
}

// Feed takes bytes from b and returns the next piece of message content in it and what follows. Content may be empty. Feed until rest is empty.
func (r *Reader) Feed(b []byte) (content, rest []byte, err error) {
	if r.Ended {
		return nil, nil, fmt.Errorf("%d bytes after the end of the stream", len(b))
	}
	if r.held < headerSize {
		n := copy(r.header[r.held:], b)
		r.held += n
		b = b[n:]
		if r.held < headerSize {
			return nil, nil, nil
		}
		size := binary.BigEndian.Uint32(r.header[1:])
		// The length is the peer's: bound it before counting down from it.
		if size > maxMessage || (r.header[0] == EndStream && size > maxEnd) {
			return nil, nil, fmt.Errorf("message of %d bytes", size)
		}
		// Compression is never offered, so its flag (0x01) is as wrong as an unknown one.
		if flags := r.header[0]; flags&^byte(EndStream) != 0 {
			return nil, nil, fmt.Errorf("envelope flags 0x%02x", flags)
		}
		r.missing = int(size)
	}
	n := min(r.missing, len(b))
	content, rest = b[:n], b[n:]
	r.missing -= n
	if r.header[0] == EndStream {
		r.End = append(r.End, content...)
		content = nil
	}
	if r.missing == 0 {
		r.held = 0
		if r.header[0] == EndStream {
			r.Ended = true
		} else {
			r.Messages++
		}
	}
	return content, rest, nil
}

// Whole says that no message is half read.
func (r *Reader) Whole() bool { return r.held == 0 }

// Reset prepares the reader for another stream and keeps its buffer.
func (r *Reader) Reset() { *r = Reader{End: r.End[:0]} }
