package http1

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// messages are read by net/http too: an independent reader says what they mean.
var messages = map[string]string{
	"sized":      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
	"empty":      "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nConnection: close\r\n\r\n",
	"chunked":    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n00A;x=y\r\n, chunked \r\n5\r\nworld\r\n0\r\n\r\n",
	"trailers":   "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nx-a: b\r\nx-c: d\r\n\r\n",
	"no content": "HTTP/1.1 204 No Content\r\n\r\n",
}

func TestAgreesWithNetHTTPWhereverTheBytesAreCut(t *testing.T) {
	for name, text := range messages {
		reference, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), nil)
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(reference.Body)
		if err != nil {
			t.Fatal(err)
		}
		for cut := range text {
			var r Response
			var sink collected
			rest, done, err := r.Feed([]byte(text[:cut]), &sink)
			if err != nil || done || len(rest) != 0 {
				t.Fatalf("%s, %d bytes: done %v, %v", name, cut, done, err)
			}
			rest, done, err = r.Feed([]byte(text[cut:]+"HTTP"), &sink)
			if err != nil || !done || string(rest) != "HTTP" {
				t.Fatalf("%s, cut at %d: done %v, rest %q, %v", name, cut, done, rest, err)
			}
			if r.Status != reference.StatusCode || r.Close != reference.Close || !bytes.Equal(sink.content, want) {
				t.Fatalf("%s, cut at %d: %d %q", name, cut, r.Status, sink.content)
			}
		}
	}
}

func TestResponseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no length":           "HTTP/1.1 200 OK\r\n\r\n",
		"two lengths":         "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n",
		"length and encoding": "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
		"other encoding":      "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
		"bad chunk size":      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n",
		"long chunk":          "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab",
		"other protocol":      "HTTP/2 200 OK\r\n\r\n",
	} {
		var r Response
		if _, _, err := r.Feed([]byte(text), &collected{}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
