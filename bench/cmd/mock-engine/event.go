package main

import (
	"bytes"
	"fmt"
	"strings"

	"countersign.dev/countersign/bench/internal/marker"
)

// Places that are patched when an answer is sent: a response id of 16 digits and the time of sending.
const (
	idPlace     = "@@@@@@@@@@@@@@@@"
	markerPlace = "~@@@@@@@"
)

// dialect is how one endpoint spells its answers.
type dialect struct {
	// first, next, minimal and last are server-sent events; the padding goes to %s.
	first, next, minimal, last string
	// whole is the buffered answer.
	whole string
}

const usage = `"usage":{"prompt_tokens":16,"completion_tokens":50,"total_tokens":66}`

var chat = dialect{
	first:   `data: {"id":"chatcmpl-` + idPlace + `","object":"chat.completion.chunk","created":1767225600,"model":"bench","choices":[{"index":0,"delta":{"role":"assistant","content":"` + markerPlace + `%s"},"finish_reason":null}]}`,
	next:    `data: {"id":"chatcmpl-` + idPlace + `","object":"chat.completion.chunk","created":1767225600,"model":"bench","choices":[{"index":0,"delta":{"content":"` + markerPlace + `%s"},"finish_reason":null}]}`,
	minimal: `data: {"choices":[{"index":0,"delta":{"content":"` + markerPlace + `%s"}}]}`,
	last:    `data: {"id":"chatcmpl-` + idPlace + `","object":"chat.completion.chunk","created":1767225600,"model":"bench","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],` + usage + `}%s`,
	whole:   `{"id":"chatcmpl-` + idPlace + `","object":"chat.completion","created":1767225600,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"` + markerPlace + `%s"},"finish_reason":"stop"}],` + usage + `}`,
}

var completion = dialect{
	first:   `data: {"id":"cmpl-` + idPlace + `","object":"text_completion","created":1767225600,"model":"bench","choices":[{"index":0,"text":"` + markerPlace + `%s","finish_reason":null}]}`,
	next:    `data: {"id":"cmpl-` + idPlace + `","object":"text_completion","created":1767225600,"model":"bench","choices":[{"index":0,"text":"` + markerPlace + `%s","finish_reason":null}]}`,
	minimal: `data: {"choices":[{"index":0,"text":"` + markerPlace + `%s"}]}`,
	last:    `data: {"id":"cmpl-` + idPlace + `","object":"text_completion","created":1767225600,"model":"bench","choices":[{"index":0,"text":"","finish_reason":"stop"}],` + usage + `}%s`,
	whole:   `{"id":"cmpl-` + idPlace + `","object":"text_completion","created":1767225600,"model":"bench","choices":[{"index":0,"text":"` + markerPlace + `%s","finish_reason":"stop"}],` + usage + `}`,
}

const done = "data: [DONE]\n\n"

// padded fills the format's content so that the text has size bytes together with the tail, or as few more as the shape needs.
func padded(format, tail string, size int) string {
	bare := len(format) - len("%s") + len(tail)
	return fmt.Sprintf(format, strings.Repeat("x", max(0, size-bare))) + tail
}

func event(format string, size int) string { return padded(format, "\n\n", size) }

// middle picks the full shape where it fits into size bytes, else the minimal one.
func (d dialect) middle(size int) string {
	if full := event(d.next, 0); len(full) <= size {
		return event(d.next, size)
	}
	return event(d.minimal, size)
}

// chunk frames content as one chunk (RFC 9112 section 7.1).
func chunk(content string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(content), content) }

// template is bytes with the places that change from answer to answer.
type template struct {
	text    []byte
	ids     []int
	markers []int
	events  int
}

func newTemplate(text string, events int) template {
	t := template{text: []byte(text), events: events}
	for at := 0; ; {
		i := bytes.Index(t.text[at:], []byte(idPlace))
		if i < 0 {
			break
		}
		t.ids = append(t.ids, at+i)
		at += i + len(idPlace)
	}
	for at := 0; ; {
		i := bytes.Index(t.text[at:], []byte(markerPlace))
		if i < 0 {
			break
		}
		t.markers = append(t.markers, at+i)
		at += i + len(markerPlace)
	}
	return t
}

// render patches the template in place; the result is valid until the next call.
func (t *template) render(id uint64, now int64) []byte {
	const digits = "0123456789abcdef"
	if len(t.ids) > 0 {
		var text [len(idPlace)]byte
		for i := len(text) - 1; i >= 0; i-- {
			text[i] = digits[id&15]
			id >>= 4
		}
		for _, at := range t.ids {
			copy(t.text[at:], text[:])
		}
	}
	for _, at := range t.markers {
		marker.Put(t.text[at:], now)
	}
	return t.text
}
