// Package fakegateway is a gateway for tests, over real sockets. It invents its answers and signs them for real, so that
// the production client runs unchanged against it.
package fakegateway

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	attestationv1 "countersign.dev/countersign/gen/go/countersign/attestation/v1"
	"countersign.dev/countersign/gen/go/countersign/attestation/v1/attestationv1connect"
	"countersign.dev/countersign/gen/go/countersign/inference/v1/inferencev1connect"
	signaturev1 "countersign.dev/countersign/gen/go/countersign/signature/v1"
	"countersign.dev/countersign/gen/go/countersign/signature/v1/signaturev1connect"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

const (
	// Token is the only token the gateway takes.
	Token = "fake-token"
	// Model echoes the prompt word by word.
	Model = "echo"
	// FailingModel stops after two words with a seal that says so.
	FailingModel = "failing"
	// EndlessModel speaks until the caller leaves.
	EndlessModel = "endless"
	// RequestIDHeader and TrailerName are metadata of every answer.
	RequestIDHeader = "X-Request-Id"
	// VersionHeader names the HTTP version of the request.
	VersionHeader = "X-Fake-Version"
	TrailerName   = "X-Fake-Trailer"
)

// Gateway is a running gateway. Set its hooks before the first call.
type Gateway struct {
	// Server listens; its URL is the gateway's.
	Server *httptest.Server
	// Stream and Response are its signers.
	Stream, Response *Signer
	// Cancelled receives a value whenever EndlessModel saw its caller leave.
	Cancelled chan struct{}

	// TamperSeal changes a seal before it is sent.
	TamperSeal func(*transcriptv1.Seal)
	// TamperStored changes what GetSignature returns.
	TamperStored func(*signaturev1.GetSignatureResponse)
	// REST replaces the answer of REST calls; see rest.go.
	REST RESTHooks

	mu       sync.Mutex
	keyset   []byte
	fetches  int
	stored   map[string]*signaturev1.GetSignatureResponse
	receipts int
}

// Start starts a gateway that ends with the test: over TLS, or over cleartext with HTTP/1.1 and HTTP/2 on one port.
func Start(tb testing.TB, isTLS bool) *Gateway {
	tb.Helper()
	g := &Gateway{Cancelled: make(chan struct{}, 16), stored: map[string]*signaturev1.GetSignatureResponse{}}
	g.Rotate(tb)
	mux := http.NewServeMux()
	mux.Handle(inferencev1connect.NewInferenceServiceHandler(&inference{gateway: g}))
	mux.Handle(attestationv1connect.NewAttestationServiceHandler(&attestation{gateway: g}))
	mux.Handle(signaturev1connect.NewSignatureServiceHandler(&signatures{gateway: g}))
	g.routeREST(mux)
	g.Server = httptest.NewUnstartedServer(authenticated(mux))
	if isTLS {
		g.Server.EnableHTTP2 = true
		g.Server.StartTLS()
	} else {
		g.Server.Config.Protocols = new(http.Protocols)
		g.Server.Config.Protocols.SetHTTP1(true)
		g.Server.Config.Protocols.SetUnencryptedHTTP2(true)
		g.Server.Start()
	}
	tb.Cleanup(g.Server.Close)
	return g
}

// Rotate replaces all keys.
func (g *Gateway) Rotate(tb testing.TB) {
	tb.Helper()
	stream := NewSigner(tb, attestationv1.KeyRole_KEY_ROLE_STREAM)
	response := NewSigner(tb, attestationv1.KeyRole_KEY_ROLE_RESPONSE)
	keyset, err := proto.Marshal(&attestationv1.Keyset{
		Keys: []*attestationv1.PublicKey{
			stream.ed25519Key(), stream.secp256k1Key(), response.ed25519Key(), response.secp256k1Key(),
		},
		Source: attestationv1.KeySourceKind_KEY_SOURCE_KIND_GENERATED,
	})
	if err != nil {
		tb.Fatal(err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.Stream, g.Response, g.keyset = stream, response, keyset
}

// Keyset is the serialised keyset.
func (g *Gateway) Keyset() []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.keyset
}

// KeysetFetches counts the calls of GetKeyset.
func (g *Gateway) KeysetFetches() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fetches
}

func authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(VersionHeader, r.Proto)
		isPublic := strings.HasPrefix(r.URL.Path, "/"+attestationv1connect.AttestationServiceName+"/")
		if !isPublic && r.Header.Get("Authorization") != "Bearer "+Token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
