package http1

import (
	"bytes"
	"errors"
	"fmt"
)

// Request is one complete request. Its slices point into the parsed bytes.
type Request struct {
	Method []byte
	Path   []byte
	Body   []byte
	// Close says that the client wants the connection closed after the response.
	Close bool
}

const maxBody = 8 << 20

// ParseRequest reads the request at the beginning of b and returns how many bytes it takes, 0 if it is not complete yet.
func ParseRequest(b []byte) (request Request, size int, err error) {
	end := bytes.Index(b, headEnd)
	if end < 0 {
		if len(b) > maxHead {
			return request, 0, errors.New("request head too large")
		}
		return request, 0, nil
	}
	line, block, _ := bytes.Cut(b[:end+len(lineEnd)], lineEnd)
	method, target, ok := bytes.Cut(line, []byte(" "))
	path, version, ok2 := bytes.Cut(target, []byte(" "))
	if !ok || !ok2 || !bytes.HasPrefix(version, []byte("HTTP/1.")) {
		return request, 0, fmt.Errorf("request line %q", line)
	}
	fields, err := parseFields(block)
	if err != nil {
		return request, 0, err
	}
	request = Request{Method: method, Path: path, Close: fields.close || bytes.Equal(version, []byte("HTTP/1.0"))}
	body := b[end+len(headEnd):]
	switch {
	case fields.chunked:
		content, taken, err := parseChunks(body)
		if err != nil || taken == 0 {
			return Request{}, 0, err
		}
		request.Body = content
		return request, end + len(headEnd) + taken, nil
	case fields.length > maxBody:
		return Request{}, 0, errors.New("request body too large")
	case fields.length > len(body):
		return Request{}, 0, nil
	default:
		n := max(fields.length, 0)
		request.Body = body[:n]
		return request, end + len(headEnd) + n, nil
	}
}

// collected gathers the content of a chunked request.
type collected struct{ content []byte }

func (c *collected) Content(piece []byte) { c.content = append(c.content, piece...) }

// parseChunks decodes a chunked body from its beginning; requests are small and whole, so starting over costs nothing.
func parseChunks(b []byte) (content []byte, taken int, err error) {
	reader := Response{state: inChunkSize}
	var sink collected
	rest, done, err := reader.Feed(b, &sink)
	if err != nil || !done {
		if err == nil && len(b) > maxBody {
			err = errors.New("request body too large")
		}
		return nil, 0, err
	}
	return sink.content, len(b) - len(rest), nil
}
