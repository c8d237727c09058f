package main

import (
	"fmt"
	"strings"

	"countersign.dev/countersign/bench/internal/envelope"
	"countersign.dev/countersign/bench/internal/h2"
)

// request is what every lane sends, built once: h1 is a whole HTTP/1.1 request, block and body are for HTTP/2.
type request struct {
	h1    []byte
	block []byte
	body  []byte
}

func buildRequest(c config) (request, error) {
	var body []byte
	var fields []string
	switch c.protocol {
	case rest:
		text, err := chatBody(c)
		if err != nil {
			return request{}, err
		}
		body = []byte(text)
		fields = []string{"content-type: application/json"}
	case connect:
		body = envelope.Append(nil, c.message)
		fields = []string{"content-type: application/connect+proto", "connect-protocol-version: 1"}
	case connectUnary:
		body = c.message
		fields = []string{"content-type: application/proto", "connect-protocol-version: 1"}
	case grpc:
		return grpcRequest(c), nil
	}
	if c.token != "" {
		fields = append(fields, "authorization: Bearer "+c.token)
	}
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nhost: %s\r\n%s\r\ncontent-length: %d\r\n\r\n", c.path, c.target, strings.Join(fields, "\r\n"), len(body))
	return request{h1: append([]byte(head), body...)}, nil
}

func grpcRequest(c config) request {
	scheme := "http"
	if c.secure {
		scheme = "https"
	}
	fields := []h2.Field{
		{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: scheme}, {Name: ":path", Value: c.path}, {Name: ":authority", Value: c.target.String()},
		{Name: "content-type", Value: "application/grpc+proto"}, {Name: "te", Value: "trailers"},
	}
	if c.token != "" {
		fields = append(fields, h2.Field{Name: "authorization", Value: "Bearer " + c.token})
	}
	return request{block: h2.Block(fields), body: envelope.Append(nil, c.message)}
}

// chatBody is an OpenAI chat request of exactly c.size bytes; "user" names the mock engine's answer.
func chatBody(c config) (string, error) {
	const format = `{"model":"bench","stream":%t,"user":%q,"messages":[{"role":"user","content":"%s"}]}`
	bare := len(fmt.Sprintf(format, c.stream, c.plan, ""))
	if c.size < bare {
		return "", fmt.Errorf("-request-bytes must be at least %d", bare)
	}
	return fmt.Sprintf(format, c.stream, c.plan, strings.Repeat("p", c.size-bare)), nil
}
