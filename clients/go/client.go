package countersign

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/signing"
	"countersign.dev/countersign/clients/go/transcript"
	"countersign.dev/countersign/gen/go/countersign/attestation/v1/attestationv1connect"
	"countersign.dev/countersign/gen/go/countersign/inference/v1/inferencev1connect"
	"countersign.dev/countersign/gen/go/countersign/signature/v1/signaturev1connect"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// Client calls one gateway and verifies every answer. It is safe for concurrent use; make it with [NewClient].
//
// Calls end with their context: give it a deadline. Response headers and trailers are those of [connect.CallInfo]; put
// one into the context with [connect.NewClientContext].
type Client struct {
	inference   inferencev1connect.InferenceServiceClient
	attestation attestationv1connect.AttestationServiceClient
	signature   signaturev1connect.SignatureServiceClient

	base         *url.URL
	roundTripper http.RoundTripper
	keyring      *keyring
	options      *options
}

// NewClient makes a client of the gateway at baseURL (http:// or https://, a `/v1` at its end is ignored). The token is
// sent as a bearer token; an empty one is not sent, which suffices for [Client.Keyset] only. Trust says whose signatures
// count. A value that cannot be used is [fault.ConfigInvalid]. Nothing is sent before the first call.
func NewClient(baseURL, token string, trust Trust, opts ...Option) (*Client, error) {
	base, err := parseBaseURL(baseURL)
	if err != nil {
		return nil, err
	}
	if err := trust.validate(); err != nil {
		return nil, err
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, fault.New(fault.ConfigInvalid, "the token has characters that a header cannot carry, perhaps a line break at its end")
	}
	configured := newOptions(opts)
	if configured.maxMessageBytes <= 0 || configured.maxBodyBytes <= 0 || configured.lookupTimeout <= 0 {
		return nil, fault.New(fault.ConfigInvalid, "limits have to be positive")
	}
	if configured.text != signing.ModelRequestResponse && configured.text != signing.RequestResponse {
		return nil, fault.New(fault.ConfigInvalid, "the signed text is one of signing.ModelRequestResponse and signing.RequestResponse")
	}
	roundTripper, err := newRoundTripper(base, configured)
	if err != nil {
		return nil, err
	}
	clientOptions, err := connectOptions(token, configured)
	if err != nil {
		return nil, err
	}
	httpClient := newHTTPClient(roundTripper)
	client := &Client{
		inference:    inferencev1connect.NewInferenceServiceClient(httpClient, base.String(), clientOptions...),
		attestation:  attestationv1connect.NewAttestationServiceClient(httpClient, base.String(), clientOptions...),
		signature:    signaturev1connect.NewSignatureServiceClient(httpClient, base.String(), clientOptions...),
		base:         base,
		roundTripper: roundTripper,
		options:      configured,
	}
	client.keyring = newKeyring(trust, client.fetchKeyset)
	return client, nil
}

// CloseIdleConnections closes connections that no call uses.
func (c *Client) CloseIdleConnections() {
	newHTTPClient(c.roundTripper).CloseIdleConnections()
}

func connectOptions(token string, o *options) ([]connect.ClientOption, error) {
	clientOptions := []connect.ClientOption{
		connect.WithReadMaxBytes(o.maxMessageBytes),
		connect.WithSendMaxBytes(o.maxMessageBytes),
		// No decompressor: the client then offers none, and a compressed answer is refused.
		connect.WithAcceptCompression("gzip", nil, nil),
	}
	if token != "" {
		clientOptions = append(clientOptions, connect.WithInterceptors(authorization{header: "Bearer " + token}))
	}
	switch o.protocol {
	case Connect:
	case GRPC:
		clientOptions = append(clientOptions, connect.WithGRPC())
	case GRPCWeb:
		clientOptions = append(clientOptions, connect.WithGRPCWeb())
	default:
		return nil, fault.New(fault.ConfigInvalid, "the protocol is none of Connect, GRPC, GRPCWeb")
	}
	return clientOptions, nil
}

// exchange is one request, ready to be sent.
type exchange struct {
	model       string
	payload     []byte
	constraints *transcriptv1.Constraints
	proof       *transcriptv1.ProofOptions
	verifier    *transcript.Verifier
}

// begin serialises the input once and fixes everything the answer will be compared with. The keyset comes first: no
// prompt leaves for a gateway whose keyset is not the trusted one.
func (c *Client) begin(ctx context.Context, method, model string, input proto.Message, opts []CallOption) (*exchange, error) {
	if model == "" {
		return nil, fault.New(fault.InputInvalid, "no model was named; ListModels lists those that can be asked for")
	}
	if !input.ProtoReflect().IsValid() {
		return nil, fault.New(fault.InputInvalid, "the input is nil")
	}
	var call callOptions
	for _, apply := range opts {
		apply(&call)
	}
	payload, err := proto.Marshal(input)
	if err != nil {
		return nil, fault.Wrap(fault.InputInvalid, "the input cannot be serialised; strings have to be UTF-8", err)
	}
	keyset, err := c.keyring.get(ctx)
	if err != nil {
		return nil, err
	}
	// Copies: the caller may change its messages while a stream runs.
	constraints := proto.CloneOf(call.constraints)
	return &exchange{
		model:       model,
		payload:     payload,
		constraints: constraints,
		proof:       proto.CloneOf(call.proof),
		verifier: transcript.NewVerifier(transcript.Expectation{
			RequestDigest: transcript.RequestDigest(payload),
			Method:        method,
			Model:         model,
			Constraints:   constraints,
			Keyset:        keyset,
			Now:           c.options.now,
		}),
	}, nil
}
