// Package h2 is the client side of HTTP/2 (RFC 9113) as a load generator needs it: many streams on one connection, each one request
// with a small body and one response of any length. It holds no socket: bytes go in through Feed and come out through Out.
package h2

import (
	"strconv"

	"golang.org/x/net/http2/hpack"
)

// Field is a header field.
type Field struct{ Name, Value string }

// Block encodes fields without touching the dynamic table (RFC 7541 section 6.2.2), so that one block can be sent on any connection, any number of times.
func Block(fields []Field) []byte {
	var b []byte
	for _, field := range fields {
		b = append(b, 0x00)
		b = appendString(b, field.Name)
		b = appendString(b, field.Value)
	}
	return b
}

// appendString appends a string literal without Huffman coding (RFC 7541 section 5.2).
func appendString(b []byte, s string) []byte {
	const prefix = 127
	n := len(s)
	if n < prefix {
		b = append(b, byte(n))
	} else {
		b = append(b, prefix)
		for n -= prefix; n >= 128; n >>= 7 {
			b = append(b, byte(n)|0x80)
		}
		b = append(b, byte(n))
	}
	return append(b, s...)
}

// Header is what a header or trailer block of a response says.
type Header struct {
	// Status is :status, 0 in trailers.
	Status int
	// GRPCStatus and GRPCMessage are empty where absent.
	GRPCStatus, GRPCMessage string
}

func (h *Header) take(field hpack.HeaderField) {
	switch field.Name {
	case ":status":
		// A status that is not a number is no status: 0 is never taken for success.
		h.Status, _ = strconv.Atoi(field.Value)
	case "grpc-status":
		h.GRPCStatus = field.Value
	case "grpc-message":
		h.GRPCMessage = field.Value
	}
}
