package countersign

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"time"

	"countersign.dev/countersign/clients/go/fault"
)

const (
	// dialTLSTimeout bounds a TLS handshake.
	dialTLSTimeout = 10 * time.Second
	// idleConnTimeout is how long an unused connection is kept.
	idleConnTimeout = 90 * time.Second
	// pingInterval is how long an HTTP/2 connection may be silent before it is pinged.
	pingInterval = 25 * time.Second
	// pingTimeout is how long the answer to a ping may take.
	pingTimeout = 15 * time.Second
	// maxResponseHeaderBytes bounds response headers.
	maxResponseHeaderBytes = 64 << 10
)

// newRoundTripper makes the HTTP transport. It never asks for compressed answers: their length would tell about their
// content, and what is hashed has to be what arrived.
func newRoundTripper(base *url.URL, o *options) (http.RoundTripper, error) {
	if o.roundTripper != nil {
		return o.roundTripper, nil
	}
	if o.protocol == GRPC && o.http == HTTP1 {
		return nil, fault.New(fault.ConfigInvalid, "gRPC needs HTTP/2; choose HTTP2 or another protocol")
	}
	protocols := new(http.Protocols)
	isCleartext := base.Scheme == "http"
	needsHTTP2 := o.http == HTTP2 || o.protocol == GRPC
	protocols.SetHTTP1(!needsHTTP2)
	protocols.SetHTTP2(!isCleartext && o.http != HTTP1)
	protocols.SetUnencryptedHTTP2(isCleartext && needsHTTP2)
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.tls != nil {
		config = o.tls.Clone()
	}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		Protocols:              protocols,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    dialTLSTimeout,
		IdleConnTimeout:        idleConnTimeout,
		MaxIdleConnsPerHost:    64,
		MaxResponseHeaderBytes: maxResponseHeaderBytes,
		DisableCompression:     true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingInterval, PingTimeout: pingTimeout},
	}
	return transport, nil
}

// newHTTPClient wraps a transport so that a redirect ends the call: the token is for one gateway only.
func newHTTPClient(roundTripper http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     roundTripper,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// parseBaseURL takes a URL as people copy it: with or without a trailing slash or the `/v1` of OpenAI clients.
func parseBaseURL(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fault.New(fault.ConfigInvalid, "the base URL has to be an http:// or https:// URL with a host")
	}
	if base.RawQuery != "" || base.Fragment != "" || base.User != nil {
		return nil, fault.New(fault.ConfigInvalid, "the base URL must have no query, fragment or user; pass the token as the token")
	}
	base.Path = trimBasePath(base.Path)
	base.RawPath = ""
	return base, nil
}
