package http1

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// framing is what the fields of a head say about the message and the connection. The length is -1 without a content-length.
type framing struct {
	length  int
	chunked bool
	close   bool
}

const maxContent = 1 << 30

func parseFields(block []byte) (framing, error) {
	f := framing{length: -1}
	for {
		line, rest, found := bytes.Cut(block, lineEnd)
		if !found || len(line) == 0 {
			break
		}
		block = rest
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return f, fmt.Errorf("field line %q", line)
		}
		value = bytes.TrimSpace(value)
		switch len(name) {
		case len("connection"):
			if bytes.EqualFold(name, []byte("connection")) && bytes.EqualFold(value, []byte("close")) {
				f.close = true
			}
		case len("content-length"):
			if bytes.EqualFold(name, []byte("content-length")) {
				n, err := strconv.Atoi(string(value))
				if err != nil || n < 0 || n > maxContent || f.length >= 0 {
					return f, fmt.Errorf("content-length %q", value)
				}
				f.length = n
			}
		case len("transfer-encoding"):
			if bytes.EqualFold(name, []byte("transfer-encoding")) {
				if !bytes.EqualFold(value, []byte("chunked")) {
					return f, fmt.Errorf("transfer-encoding %q", value)
				}
				f.chunked = true
			}
		}
	}
	if f.chunked && f.length >= 0 {
		return f, errors.New("both content-length and transfer-encoding")
	}
	return f, nil
}
