package countersign_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	countersign "countersign.dev/countersign/clients/go"
	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/internal/fakegateway"
	"countersign.dev/countersign/clients/go/signing"
	inferencev1 "countersign.dev/countersign/gen/go/countersign/inference/v1"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// patience bounds what should take no time; it is no measure of anything.
const patience = 20 * time.Second

func TestEveryProtocolOverEveryHTTPVersion(t *testing.T) {
	t.Parallel()
	protocols := map[string]countersign.Protocol{
		"connect": countersign.Connect, "grpc": countersign.GRPC, "grpc-web": countersign.GRPCWeb,
	}
	versions := map[string]countersign.HTTPVersion{
		"auto": countersign.HTTPAuto, "http1": countersign.HTTP1, "http2": countersign.HTTP2,
	}
	for _, isTLS := range []bool{false, true} {
		for protocolName, protocol := range protocols {
			for versionName, version := range versions {
				if protocol == countersign.GRPC && version == countersign.HTTP1 {
					continue // gRPC needs HTTP/2; TestConfiguration sees it refused
				}
				t.Run(fmt.Sprintf("%s/%s/tls=%t", protocolName, versionName, isTLS), func(t *testing.T) {
					t.Parallel()
					gateway := fakegateway.Start(t, isTLS)
					client := newClient(t, gateway, countersign.UnattestedKeyset(),
						countersign.WithProtocol(protocol), countersign.WithHTTPVersion(version))
					checkUnary(t, client, wantVersion(protocol, version, isTLS))
					checkStream(t, client)
					checkCallError(t, client)
					checkCancel(t, gateway, client)
					checkDeadline(t, client)
				})
			}
		}
	}
}

func wantVersion(protocol countersign.Protocol, version countersign.HTTPVersion, isTLS bool) string {
	isHTTP2 := version == countersign.HTTP2 || version == countersign.HTTPAuto && (isTLS || protocol == countersign.GRPC)
	if isHTTP2 {
		return "HTTP/2.0"
	}
	return "HTTP/1.1"
}

func checkUnary(t *testing.T, client *countersign.Client, version string) {
	t.Helper()
	ctx, info := connect.NewClientContext(testContext(t))
	answer, err := client.Chat(ctx, fakegateway.Model, say("one two three"))
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.Result.GetChoices()[0].GetMessage().GetContent()[0].GetText(); got != "one two three" {
		t.Errorf("answer %q", got)
	}
	if answer.Sealed.ChunkCount != 1 || answer.Sealed.StatusName() != "complete" {
		t.Errorf("sealed %+v", answer.Sealed)
	}
	if got := info.ResponseHeader().Get(fakegateway.VersionHeader); got != version {
		t.Errorf("over %s, want %s", got, version)
	}
	if info.ResponseHeader().Get(fakegateway.RequestIDHeader) == "" || info.ResponseTrailer().Get(fakegateway.TrailerName) == "" {
		t.Errorf("header %v, trailer %v", info.ResponseHeader(), info.ResponseTrailer())
	}
}

func checkStream(t *testing.T, client *countersign.Client) {
	t.Helper()
	proof := countersign.WithProof(&transcriptv1.ProofOptions{CheckpointChunks: 2})
	stream, err := client.StreamChat(testContext(t), fakegateway.Model, say("one two three"), proof)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	var words []string
	for stream.Receive() {
		words = append(words, stream.Chunk().GetDeltas()[0].GetContent())
		if stream.Sealed() != nil {
			t.Error("the seal is there before the end")
		}
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(words, "|"); got != "one |two |three" {
		t.Errorf("chunks %q", got)
	}
	if stream.Checkpointed() != 2 {
		t.Errorf("checkpointed %d", stream.Checkpointed())
	}
	if sealed := stream.Sealed(); sealed == nil || sealed.ChunkCount != 3 || sealed.Metadata.GetReceiptId() != stream.Accepted().GetReceiptId() {
		t.Errorf("sealed %+v", stream.Sealed())
	}
	if stream.ResponseHeader().Get(fakegateway.RequestIDHeader) == "" || stream.ResponseTrailer().Get(fakegateway.TrailerName) == "" {
		t.Errorf("header %v, trailer %v", stream.ResponseHeader(), stream.ResponseTrailer())
	}
	if stream.Receive() {
		t.Error("a chunk after the end")
	}
}

func checkCallError(t *testing.T, client *countersign.Client) {
	t.Helper()
	_, err := client.Chat(testContext(t), "unknown", say("x"))
	checkCode(t, err, fault.CallNotFound)
	if got := countersign.Reason(err); got != "model_not_found" {
		t.Errorf("reason %q of %v", got, err)
	}
	stream, err := client.StreamChat(testContext(t), "unknown", say("x"))
	if err == nil {
		if stream.Receive() {
			t.Error("a chunk from an unknown model")
		}
		err = stream.Err()
	}
	checkCode(t, err, fault.CallNotFound)
}

func checkCancel(t *testing.T, gateway *fakegateway.Gateway, client *countersign.Client) {
	t.Helper()
	ctx, cancel := context.WithCancel(testContext(t))
	defer cancel()
	stream, err := client.StreamChat(ctx, fakegateway.EndlessModel, say("x"))
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	for stream.Receive() {
		cancel()
	}
	checkCode(t, stream.Err(), fault.CallCancelled)
	awaitCancelled(t, gateway)
}

func checkDeadline(t *testing.T, client *countersign.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	stream, err := client.StreamChat(ctx, fakegateway.EndlessModel, say("x"))
	if err == nil {
		defer stream.Close()
		for stream.Receive() {
		}
		err = stream.Err()
	}
	checkCode(t, err, fault.CallDeadline)
}

func TestLeavingTheLoopCancelsTheCall(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	client := newClient(t, gateway, countersign.UnattestedKeyset())
	stream, err := client.StreamChat(testContext(t), fakegateway.EndlessModel, say("x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range stream.All() {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	awaitCancelled(t, gateway)
	checkCode(t, stream.Err(), fault.CallCancelled)
	if stream.Sealed() != nil {
		t.Error("a stream that was left has a seal")
	}
}

func TestAllYieldsChunksAndThenTheError(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	client := newClient(t, gateway, countersign.UnattestedKeyset())
	stream, err := client.StreamChat(testContext(t), fakegateway.FailingModel, say("a b c d"))
	if err != nil {
		t.Fatal(err)
	}
	var chunks int
	var last error
	for chunk, err := range stream.All() {
		if err == nil && chunk != nil {
			chunks++
		}
		last = err
	}
	checkCode(t, last, fault.SealIncomplete)
	if chunks != 2 {
		t.Errorf("%d chunks", chunks)
	}
}

func TestIncompleteAnswersCarryTheirSeal(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	client := newClient(t, gateway, countersign.UnattestedKeyset())
	stream, err := client.StreamChat(testContext(t), fakegateway.FailingModel, say("a b c d"))
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	for stream.Receive() {
	}
	var incomplete *countersign.IncompleteError
	if !errors.As(stream.Err(), &incomplete) {
		t.Fatalf("failed with %v", stream.Err())
	}
	if incomplete.Sealed.StatusName() != "upstream_failed" || incomplete.Sealed.ChunkCount != 2 || stream.Sealed() != incomplete.Sealed {
		t.Errorf("sealed %+v", incomplete.Sealed)
	}
	var call *connect.Error
	if !errors.As(stream.Err(), &call) || call.Code() != connect.CodeUnavailable {
		t.Errorf("the error of the call is lost: %v", stream.Err())
	}
	_, err = client.Chat(testContext(t), fakegateway.FailingModel, say("a"))
	checkCode(t, err, fault.SealIncomplete)
	if !errors.As(err, &incomplete) || incomplete.Sealed.ChunkCount != 0 {
		t.Errorf("failed with %v", err)
	}
}

func TestOtherMethods(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	client := newClient(t, gateway, countersign.UnattestedKeyset())
	ctx := testContext(t)
	prompt := &inferencev1.Prompt{Form: &inferencev1.Prompt_Text{Text: "once upon"}}

	completion, err := client.Complete(ctx, fakegateway.Model, &inferencev1.CompletionInput{Prompts: []*inferencev1.Prompt{prompt}})
	if err != nil || completion.Result.GetChoices()[0].GetText() != "once upon" {
		t.Errorf("completion %v, %v", completion, err)
	}
	stream, err := client.StreamComplete(ctx, fakegateway.Model, &inferencev1.CompletionInput{Prompts: []*inferencev1.Prompt{prompt}})
	if err != nil {
		t.Fatal(err)
	}
	var text string
	for chunk, err := range stream.All() {
		if err != nil {
			t.Fatal(err)
		}
		text += chunk.GetChoices()[0].GetText()
	}
	if text != "once upon" || stream.Sealed() == nil {
		t.Errorf("text %q, sealed %v", text, stream.Sealed())
	}
	vectors, err := client.Embed(ctx, fakegateway.Model, &inferencev1.EmbeddingInput{Inputs: []*inferencev1.Prompt{prompt}})
	if err != nil || vectors.Result.GetEmbeddings()[0].GetValues()[0] != 9 {
		t.Errorf("embedding %v, %v", vectors, err)
	}
	tokens, err := client.Tokenize(ctx, fakegateway.Model, &inferencev1.TokenizeInput{Text: "once upon"})
	if err != nil || tokens.Result.GetCount() != 2 {
		t.Errorf("tokens %v, %v", tokens, err)
	}
	models, err := client.ListModels(ctx)
	if err != nil || len(models) != 3 {
		t.Errorf("models %v, %v", models, err)
	}
}

func TestConstraintsHaveToComeBack(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	client := newClient(t, gateway, countersign.UnattestedKeyset())
	constraints := &transcriptv1.Constraints{Reproducible: true}
	answer, err := client.Chat(testContext(t), fakegateway.Model, say("x"), countersign.WithConstraints(constraints))
	if err != nil || !answer.Sealed.Metadata.GetConstraints().GetReproducible() {
		t.Errorf("answer %v, %v", answer, err)
	}
	constraints = &transcriptv1.Constraints{ModelDigest: &transcriptv1.ModelDigest{
		Kind: transcriptv1.ModelDigestKind_MODEL_DIGEST_KIND_VERITY, Value: make([]byte, 32),
	}}
	_, err = client.Chat(testContext(t), fakegateway.Model, say("x"), countersign.WithConstraints(constraints))
	checkCode(t, err, fault.SealField)
}

func TestATamperedSealIsRefused(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	gateway.TamperSeal = func(seal *transcriptv1.Seal) { seal.Ed25519.Value[0] ^= 1 }
	client := newClient(t, gateway, countersign.UnattestedKeyset())
	answer, err := client.Chat(testContext(t), fakegateway.Model, say("x"))
	checkCode(t, err, fault.SealEd25519)
	if answer != nil {
		t.Error("there is an answer all the same")
	}
	stream, err := client.StreamChat(testContext(t), fakegateway.Model, say("x"))
	if err != nil {
		t.Fatal(err)
	}
	for stream.Receive() {
	}
	checkCode(t, stream.Err(), fault.SealEd25519)
	if stream.Sealed() != nil {
		t.Error("there is a seal all the same")
	}
}

func TestTrust(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	digest := sha256.Sum256(gateway.Keyset())
	other := sha256.Sum256([]byte("another keyset"))
	for name, test := range map[string]struct {
		trust   countersign.Trust
		want    fault.Code
		fetches int
	}{
		"unattested":      {countersign.UnattestedKeyset(), "", 1},
		"the right pin":   {countersign.PinnedKeyset(hex.EncodeToString(digest[:])), "", 1},
		"the wrong pin":   {countersign.PinnedKeyset(hex.EncodeToString(other[:])), fault.KeysetUntrusted, 1},
		"the right bytes": {countersign.KeysetBytes(gateway.Keyset()), "", 0},
		"no keyset":       {countersign.KeysetBytes([]byte{0xff}), fault.KeysetMalformed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			before := gateway.KeysetFetches()
			client := newClient(t, gateway, test.trust)
			_, err := client.Chat(testContext(t), fakegateway.Model, say("x"))
			checkCode(t, err, test.want)
			if test.want == "" {
				if _, err := client.Chat(testContext(t), fakegateway.Model, say("x")); err != nil {
					t.Error(err)
				}
			}
			if got := gateway.KeysetFetches() - before; got != test.fetches {
				t.Errorf("%d fetches, want %d", got, test.fetches)
			}
		})
	}
}

func TestRotatedKeys(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	digest := sha256.Sum256(gateway.Keyset())
	pinned := newClient(t, gateway, countersign.PinnedKeyset(hex.EncodeToString(digest[:])))
	unattested := newClient(t, gateway, countersign.UnattestedKeyset())
	for _, client := range []*countersign.Client{pinned, unattested} {
		if _, err := client.Chat(testContext(t), fakegateway.Model, say("x")); err != nil {
			t.Fatal(err)
		}
	}
	gateway.Rotate(t)
	for _, client := range []*countersign.Client{pinned, unattested} {
		_, err := client.Chat(testContext(t), fakegateway.Model, say("x"))
		checkCode(t, err, fault.KeysetKey)
	}
	_, err := pinned.Chat(testContext(t), fakegateway.Model, say("x"))
	checkCode(t, err, fault.KeysetKey)
	if _, err := unattested.Chat(testContext(t), fakegateway.Model, say("x")); err != nil {
		t.Errorf("the new keyset was not fetched: %v", err)
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	trust := countersign.UnattestedKeyset()
	for name, test := range map[string]struct {
		url, token string
		trust      countersign.Trust
		options    []countersign.Option
	}{
		"no scheme":           {"gateway.example:443", "t", trust, nil},
		"another scheme":      {"ftp://gateway.example", "t", trust, nil},
		"no host":             {"https://", "t", trust, nil},
		"a query":             {"https://gateway.example/?a=b", "t", trust, nil},
		"a user":              {"https://u:p@gateway.example/", "t", trust, nil},
		"a token with a line": {"https://gateway.example", "t\n", trust, nil},
		"no trust":            {"https://gateway.example", "t", countersign.Trust{}, nil},
		"a short pin":         {"https://gateway.example", "t", countersign.PinnedKeyset("abcd"), nil},
		"a pin of no hex":     {"https://gateway.example", "t", countersign.PinnedKeyset(strings.Repeat("x", 64)), nil},
		"an empty keyset":     {"https://gateway.example", "t", countersign.KeysetBytes(nil), nil},
		"gRPC over HTTP/1.1": {"https://gateway.example", "t", trust, []countersign.Option{
			countersign.WithProtocol(countersign.GRPC), countersign.WithHTTPVersion(countersign.HTTP1),
		}},
		"no protocol":   {"https://gateway.example", "t", trust, []countersign.Option{countersign.WithProtocol(9)}},
		"no limit":      {"https://gateway.example", "t", trust, []countersign.Option{countersign.WithMaxMessageBytes(0)}},
		"no such text":  {"https://gateway.example", "t", trust, []countersign.Option{countersign.WithSignedText(signing.IncompleteResponse)}},
		"no body limit": {"https://gateway.example", "t", trust, []countersign.Option{countersign.WithMaxBodyBytes(-1)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := countersign.NewClient(test.url, test.token, test.trust, test.options...)
			checkCode(t, err, fault.ConfigInvalid)
			if client != nil {
				t.Error("there is a client all the same")
			}
			if err != nil && strings.Contains(err.Error(), "u:p") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

func TestInput(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	client := newClient(t, gateway, countersign.UnattestedKeyset())
	for name, call := range map[string]func() error{
		"no model":  func() error { _, err := client.Chat(testContext(t), "", say("x")); return err },
		"no input":  func() error { _, err := client.Chat(testContext(t), fakegateway.Model, nil); return err },
		"not UTF-8": func() error { _, err := client.StreamChat(testContext(t), fakegateway.Model, say("\xff")); return err },
		"no id":     func() error { _, err := client.GetSignature(testContext(t), "", ""); return err },
		"no prompt": func() error {
			_, err := client.Complete(testContext(t), "", new(inferencev1.CompletionInput))
			return err
		},
		"no messages": func() error { _, err := client.Embed(testContext(t), "", nil); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkCode(t, call(), fault.InputInvalid)
		})
	}
}

func TestCallsThatFail(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	trust := countersign.KeysetBytes(gateway.Keyset())

	wrongToken, err := countersign.NewClient(gateway.Server.URL, "wrong", trust)
	if err != nil {
		t.Fatal(err)
	}
	_, err = wrongToken.Chat(testContext(t), fakegateway.Model, say("x"))
	checkCode(t, err, fault.CallUnauthenticated)

	_, err = newClient(t, gateway, trust, countersign.WithMaxMessageBytes(64)).
		Chat(testContext(t), fakegateway.Model, say(strings.Repeat("x", 100)))
	checkCode(t, err, fault.CallResourceExhausted)

	// The request fits, the response with its seal does not.
	_, err = newClient(t, gateway, trust, countersign.WithMaxMessageBytes(300)).Chat(testContext(t), fakegateway.Model, say("x"))
	checkCode(t, err, fault.CallResourceExhausted)

	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	unreachable, err := countersign.NewClient(gone.URL, "t", trust)
	if err != nil {
		t.Fatal(err)
	}
	_, err = unreachable.Chat(testContext(t), fakegateway.Model, say("x"))
	checkCode(t, err, fault.CallUnavailable)
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	elsewhere := httptest.NewServer(http.RedirectHandler(gateway.Server.URL, http.StatusTemporaryRedirect))
	t.Cleanup(elsewhere.Close)
	client, err := countersign.NewClient(elsewhere.URL, fakegateway.Token, countersign.KeysetBytes(gateway.Keyset()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Chat(testContext(t), fakegateway.Model, say("x"))
	checkCode(t, err, fault.CallUnknown)
}

func newClient(
	t *testing.T, gateway *fakegateway.Gateway, trust countersign.Trust, options ...countersign.Option,
) *countersign.Client {
	t.Helper()
	if certificate := gateway.Server.Certificate(); certificate != nil {
		pool := x509.NewCertPool()
		pool.AddCert(certificate)
		options = append(options, countersign.WithTLSConfig(&tls.Config{RootCAs: pool}))
	}
	client, err := countersign.NewClient(gateway.Server.URL+"/v1/", fakegateway.Token, trust, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func say(text string) *inferencev1.ChatInput {
	return &inferencev1.ChatInput{Messages: []*inferencev1.Message{{
		Role:    inferencev1.Role_ROLE_USER,
		Content: []*inferencev1.ContentPart{{Part: &inferencev1.ContentPart_Text{Text: text}}},
	}}}
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func awaitCancelled(t *testing.T, gateway *fakegateway.Gateway) {
	t.Helper()
	select {
	case <-gateway.Cancelled:
	case <-time.After(patience):
		t.Error("the gateway did not see its caller leave")
	}
}

func checkCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := countersign.CodeOf(err); got != want || (want == "") != (err == nil) {
		t.Errorf("failed with %v, want %q", err, want)
	}
}
