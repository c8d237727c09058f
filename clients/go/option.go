package countersign

import (
	"crypto/tls"
	"net/http"
	"time"

	"countersign.dev/countersign/clients/go/signing"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// Protocol is a wire protocol for RPCs. The gateway speaks all of them on one port.
type Protocol int

const (
	// Connect is the Connect protocol, over HTTP/1.1 or HTTP/2.
	Connect Protocol = iota
	// GRPC is gRPC; it needs HTTP/2.
	GRPC
	// GRPCWeb is gRPC-Web, over HTTP/1.1 or HTTP/2.
	GRPCWeb
)

// HTTPVersion is a choice of HTTP version.
type HTTPVersion int

const (
	// HTTPAuto uses HTTP/2 where the server offers it over TLS, and over cleartext HTTP/1.1, or HTTP/2 for gRPC.
	HTTPAuto HTTPVersion = iota
	// HTTP1 uses HTTP/1.1 only.
	HTTP1
	// HTTP2 uses HTTP/2 only; over cleartext with prior knowledge (RFC 9113, 3.3).
	HTTP2
)

const (
	// defaultMaxMessageBytes equals the gateway's own limit on a message.
	defaultMaxMessageBytes = 4 << 20
	// defaultMaxBodyBytes bounds REST bodies that are held in memory.
	defaultMaxBodyBytes = 64 << 20
	// defaultLookupTimeout bounds the lookup of a REST answer's signatures.
	defaultLookupTimeout = 30 * time.Second
)

// Option configures a [Client] or a [VerifyingTransport].
type Option func(*options)

type options struct {
	protocol        Protocol
	http            HTTPVersion
	tls             *tls.Config
	roundTripper    http.RoundTripper
	maxMessageBytes int
	maxBodyBytes    int64
	lookupTimeout   time.Duration
	model           string
	text            signing.ResponseTextForm
	unsignedPaths   map[string]bool
	now             func() time.Time
}

func newOptions(opts []Option) *options {
	configured := &options{
		maxMessageBytes: defaultMaxMessageBytes,
		maxBodyBytes:    defaultMaxBodyBytes,
		lookupTimeout:   defaultLookupTimeout,
		text:            signing.ModelRequestResponse,
		unsignedPaths:   map[string]bool{},
		now:             time.Now,
	}
	for _, apply := range opts {
		apply(configured)
	}
	return configured
}

// WithProtocol chooses the protocol of RPCs. Default [Connect].
func WithProtocol(protocol Protocol) Option {
	return func(o *options) { o.protocol = protocol }
}

// WithHTTPVersion chooses the HTTP version. Default [HTTPAuto]. [GRPC] over [HTTP1] is refused.
func WithHTTPVersion(version HTTPVersion) Option {
	return func(o *options) { o.http = version }
}

// WithTLSConfig sets certificate authorities, client certificates and the like for https URLs. The configuration is
// cloned. Default: the system's authorities, TLS 1.2 or later.
func WithTLSConfig(config *tls.Config) Option {
	return func(o *options) { o.tls = config }
}

// WithRoundTripper replaces the HTTP transport; [WithHTTPVersion] and [WithTLSConfig] then have no effect. It must not
// follow redirects and must not decompress.
func WithRoundTripper(roundTripper http.RoundTripper) Option {
	return func(o *options) { o.roundTripper = roundTripper }
}

// WithMaxMessageBytes bounds one RPC message in either direction. Default 4 MiB, the gateway's own limit. A larger
// message fails with [fault.CallResourceExhausted].
func WithMaxMessageBytes(bytes int) Option {
	return func(o *options) { o.maxMessageBytes = bytes }
}

// WithMaxBodyBytes bounds what a [VerifyingTransport] holds in memory: a request body, and a response body that is not an
// event stream. Default 64 MiB. A longer response fails with [fault.ResponseTooLarge].
func WithMaxBodyBytes(bytes int64) Option {
	return func(o *options) { o.maxBodyBytes = bytes }
}

// WithLookupTimeout bounds the lookup of a REST answer's signatures. Default 30 s.
func WithLookupTimeout(timeout time.Duration) Option {
	return func(o *options) { o.lookupTimeout = timeout }
}

// WithSignedText says which form the signed text of complete REST answers must have. Default
// [signing.ModelRequestResponse], which covers the model's name; [signing.RequestResponse] is for gateways set to the
// older form.
func WithSignedText(form signing.ResponseTextForm) Option {
	return func(o *options) { o.text = form }
}

// WithSignedModel sets the model that the signed text of REST answers must name. Default: the `model` of each request's
// JSON body; needed where the gateway's name of the model is another, and for bodies that are not JSON.
func WithSignedModel(model string) Option {
	return func(o *options) { o.model = model }
}

// WithUnsignedPath lets a [VerifyingTransport] pass answers of one path through without verification. The path is that
// below the base URL, for example `/v1/files`. Default: none.
func WithUnsignedPath(path string) Option {
	return func(o *options) { o.unsignedPaths[path] = true }
}

// CallOption configures one exchange.
type CallOption func(*callOptions)

type callOptions struct {
	constraints *transcriptv1.Constraints
	proof       *transcriptv1.ProofOptions
}

// WithConstraints says what the caller demands of whoever serves. The seal must echo it. Default: nothing.
func WithConstraints(constraints *transcriptv1.Constraints) CallOption {
	return func(o *callOptions) { o.constraints = constraints }
}

// WithProof says how often the caller wants checkpoints. Default: as the operator configured.
func WithProof(proof *transcriptv1.ProofOptions) CallOption {
	return func(o *callOptions) { o.proof = proof }
}
