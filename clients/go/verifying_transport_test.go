package countersign_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	countersign "countersign.dev/countersign/clients/go"
	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/internal/fakegateway"
	"countersign.dev/countersign/clients/go/signing"
	signaturev1 "countersign.dev/countersign/gen/go/countersign/signature/v1"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

const eventStream = "data: {\"id\":\"chatcmpl-rest\",\"choices\":[]}\n\ndata: {\"choices\":[]}\n\ndata: [DONE]\n\n"

var zeros = strings.Repeat("0", 64)

func TestVerifyingTransport(t *testing.T) {
	t.Parallel()
	sse := func(hooks fakegateway.RESTHooks) fakegateway.RESTHooks {
		hooks.ContentType = "text/event-stream; charset=utf-8"
		if hooks.Body == nil {
			hooks.Body = []byte(eventStream)
		}
		return hooks
	}
	beforeDone := eventStream[:strings.Index(eventStream, "data: [DONE]")]
	twoParts := func(request, response string) string { return request + ":" + response }
	incompleteText := func(bytesSent string) func(string, string) string {
		return func(request, response string) string {
			return "countersign.response.v1:upstream_failed:echo:" + request + ":" + bytesSent + ":" + response
		}
	}
	for name, test := range map[string]struct {
		hooks   fakegateway.RESTHooks
		options []countersign.Option
		want    fault.Code
		read    string
	}{
		"a whole answer":            {read: fakegateway.JSONAnswer},
		"a whole answer by its id":  {hooks: fakegateway.RESTHooks{HasNoReceipt: true}, read: fakegateway.JSONAnswer},
		"two parts, expected":       {hooks: fakegateway.RESTHooks{Text: twoParts}, options: []countersign.Option{countersign.WithSignedText(signing.RequestResponse)}, read: fakegateway.JSONAnswer},
		"two parts, unexpected":     {hooks: fakegateway.RESTHooks{Text: twoParts}, want: fault.ResponseText},
		"three parts, unexpected":   {options: []countersign.Option{countersign.WithSignedText(signing.RequestResponse)}, want: fault.ResponseText},
		"the expected model":        {options: []countersign.Option{countersign.WithSignedModel(fakegateway.Model)}, read: fakegateway.JSONAnswer},
		"not the request's model":   {hooks: fakegateway.RESTHooks{Text: func(q, s string) string { return "other:" + q + ":" + s }}, want: fault.ResponseModel},
		"no content":                {hooks: fakegateway.RESTHooks{Status: http.StatusNoContent, Body: []byte{}}, want: fault.ResponseSignatureMissing},
		"another model":             {options: []countersign.Option{countersign.WithSignedModel("other")}, want: fault.ResponseModel},
		"an event stream":           {hooks: sse(fakegateway.RESTHooks{}), read: eventStream},
		"an event stream by its id": {hooks: sse(fakegateway.RESTHooks{HasNoReceipt: true}), read: eventStream},
		"single bytes":              {hooks: sse(fakegateway.RESTHooks{Flush: true}), read: eventStream},
		"an altered answer":         {hooks: fakegateway.RESTHooks{Signed: []byte("{}")}, want: fault.ResponseHash},
		"an altered event stream":   {hooks: sse(fakegateway.RESTHooks{Signed: []byte("{}")}), want: fault.ResponseHash, read: beforeDone},
		"no DONE":                   {hooks: sse(fakegateway.RESTHooks{Body: []byte(beforeDone)}), want: fault.ResponseTruncated, read: beforeDone},
		"nothing at all":            {hooks: sse(fakegateway.RESTHooks{Body: []byte{}}), want: fault.ResponseTruncated},
		"too much after DONE":       {hooks: sse(fakegateway.RESTHooks{Body: []byte(eventStream + strings.Repeat("\n", 70<<10))}), want: fault.ResponseTooLarge, read: beforeDone},
		"a broken connection":       {hooks: fakegateway.RESTHooks{BreakAfter: 10}, want: fault.ResponseTruncated},
		"a broken event stream":     {hooks: sse(fakegateway.RESTHooks{BreakAfter: len(beforeDone)}), want: fault.ResponseTruncated, read: beforeDone},
		"no id":                     {hooks: fakegateway.RESTHooks{HasNoReceipt: true, Body: []byte(`{}`)}, want: fault.ResponseID},
		"an id that changes paths":  {hooks: fakegateway.RESTHooks{HasNoReceipt: true, Body: []byte(`{"id":".."}`)}, want: fault.ResponseID},
		"an id with a path":         {hooks: fakegateway.RESTHooks{HasNoReceipt: true, Body: []byte(`{"id":"../models"}`)}, want: fault.ResponseSignatureMissing},
		"an id nobody signed":       {hooks: fakegateway.RESTHooks{HasNoReceipt: true, Body: []byte(`{"id":"unknown"}`)}, want: fault.ResponseSignatureMissing},
		"an answer over the limit":  {options: []countersign.Option{countersign.WithMaxBodyBytes(64)}, want: fault.ResponseTooLarge},
		"another request":           {hooks: fakegateway.RESTHooks{Text: func(_, s string) string { return "echo:" + zeros + ":" + s }}, want: fault.ResponseRequest},
		"a text of no form":         {hooks: fakegateway.RESTHooks{Text: func(q, s string) string { return "countersign.x:" + q + ":" + s }}, want: fault.ResponseText},
		"an incomplete answer":      {hooks: fakegateway.RESTHooks{Body: []byte("{}"), Text: incompleteText("2")}, want: fault.ResponseIncomplete},
		"an incomplete stream":      {hooks: sse(fakegateway.RESTHooks{Body: []byte("data: [DONE]\n\n"), Text: incompleteText("14")}), want: fault.ResponseIncomplete},
		"another number of bytes":   {hooks: fakegateway.RESTHooks{Body: []byte("{}"), Text: incompleteText("3")}, want: fault.ResponseHash},
		"two texts": {hooks: fakegateway.RESTHooks{Tamper: func(a map[string]string) {
			if a["signing_algo"] == "ed25519" {
				a["text"] += " "
			}
		}}, want: fault.ResponseText},
		"an ECDSA signature altered": {hooks: fakegateway.RESTHooks{Tamper: func(a map[string]string) {
			if a["signing_algo"] == "ecdsa" {
				a["signature"] = strings.Replace(a["signature"], a["signature"][2:6], "0000", 1)
			}
		}}, want: fault.ResponseSignature},
		"an Ed25519 signature of no hex": {hooks: fakegateway.RESTHooks{Tamper: func(a map[string]string) {
			if a["signing_algo"] == "ed25519" {
				a["signature"] = "zz"
			}
		}}, want: fault.ResponseSignature},
		"an unknown address": {hooks: fakegateway.RESTHooks{Tamper: func(a map[string]string) { a["signing_address"] = "0x00" }}, want: fault.ResponseSignature},
		"another algorithm":  {hooks: fakegateway.RESTHooks{Tamper: func(a map[string]string) { a["signing_algo"] = "ecdsa" }}, want: fault.ResponseSignatureMissing},
		"a redirect":         {hooks: fakegateway.RESTHooks{Status: http.StatusFound, Location: "/elsewhere"}, want: fault.ResponseRedirect},
		"an error answer":    {hooks: fakegateway.RESTHooks{Status: http.StatusBadRequest, Body: []byte(`{"error":{}}`), Signed: []byte("x")}, read: `{"error":{}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gateway := fakegateway.Start(t, false)
			gateway.REST = test.hooks
			read, err := post(t, gateway, "/v1/chat/completions", test.options...)
			checkCode(t, err, test.want)
			if read != test.read {
				t.Errorf("read %q, want %q", read, test.read)
			}
		})
	}
}

func TestKeysOfTheStreamDoNotSignAnswers(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	gateway.Response = gateway.Stream
	_, err := post(t, gateway, "/v1/chat/completions")
	checkCode(t, err, fault.ResponseSignature)
}

func TestRoutesOfTheTransport(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	for name, test := range map[string]struct {
		method, url string
		options     []countersign.Option
		want        fault.Code
	}{
		"models":               {http.MethodGet, gateway.Server.URL + "/v1/models", nil, ""},
		"an unlisted path":     {http.MethodPost, gateway.Server.URL + "/v1/files", nil, fault.ResponseID},
		"a listed path":        {http.MethodPost, gateway.Server.URL + "/v1/files", []countersign.Option{countersign.WithUnsignedPath("/v1/files")}, ""},
		"another server":       {http.MethodPost, "http://192.0.2.1/v1/chat/completions", nil, fault.ResponseRoute},
		"another scheme":       {http.MethodPost, strings.Replace(gateway.Server.URL, "http", "https", 1) + "/v1/chat/completions", nil, fault.ResponseRoute},
		"a body over the size": {http.MethodPost, gateway.Server.URL + "/v1/chat/completions", []countersign.Option{countersign.WithMaxBodyBytes(1)}, fault.InputInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transport, err := countersign.NewVerifyingTransport(gateway.Server.URL, countersign.UnattestedKeyset(), test.options...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(transport.CloseIdleConnections)
			request, err := http.NewRequestWithContext(testContext(t), test.method, test.url, strings.NewReader(`{"model":"echo"}`))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Bearer "+fakegateway.Token)
			response, err := transport.RoundTrip(request)
			if err == nil {
				_, err = io.ReadAll(response.Body)
				_ = response.Body.Close()
			}
			checkCode(t, err, test.want)
		})
	}
}

func TestACancelledReadSaysSo(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	transport, err := countersign.NewVerifyingTransport(gateway.Server.URL, countersign.UnattestedKeyset())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	ctx, cancel := context.WithCancel(testContext(t))
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, gateway.Server.URL+"/v1/chat/completions", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+fakegateway.Token)
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	cancel()
	_, err = io.ReadAll(response.Body)
	checkCode(t, err, fault.CallCancelled)
}

func TestGetSignature(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tamper func(*signaturev1.GetSignatureResponse)
		want   fault.Code
	}{
		"as stored":       {nil, ""},
		"another text":    {func(r *signaturev1.GetSignatureResponse) { r.Text = "hello" }, fault.SignatureText},
		"another digest":  {func(r *signaturev1.GetSignatureResponse) { r.Text = r.Text[:len(r.Text)-64] + zeros }, fault.SignatureECDSA},
		"no ECDSA":        {func(r *signaturev1.GetSignatureResponse) { r.Ecdsa = nil }, fault.SignatureECDSA},
		"no Ed25519":      {func(r *signaturev1.GetSignatureResponse) { r.Ed25519 = nil }, fault.SignatureEd25519},
		"ECDSA altered":   {func(r *signaturev1.GetSignatureResponse) { r.Ecdsa.Value[0] ^= 1 }, fault.SignatureECDSA},
		"Ed25519 altered": {func(r *signaturev1.GetSignatureResponse) { r.Ed25519.Value[0] ^= 1 }, fault.SignatureEd25519},
		"another address": {func(r *signaturev1.GetSignatureResponse) { r.EcdsaAddress = "0x" + zeros[:40] }, fault.SignatureField},
		"another key":     {func(r *signaturev1.GetSignatureResponse) { r.Ed25519PublicKey = nil }, fault.SignatureField},
		"another status": {func(r *signaturev1.GetSignatureResponse) {
			r.Status = transcriptv1.SealStatus_SEAL_STATUS_CANCELLED
		}, fault.SignatureField},
		"another id": {func(r *signaturev1.GetSignatureResponse) { r.ReceiptId, r.ResponseId = "a", "b" }, fault.SignatureField},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gateway := fakegateway.Start(t, false)
			gateway.TamperStored = test.tamper
			client := newClient(t, gateway, countersign.UnattestedKeyset())
			answer, err := client.Chat(testContext(t), fakegateway.Model, say("x"))
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{answer.Sealed.Metadata.GetReceiptId(), answer.Sealed.Metadata.GetResponseId()} {
				found, err := client.GetSignature(testContext(t), id, "")
				checkCode(t, err, test.want)
				if test.want == "" && (found == nil || found.Text != answer.Sealed.Text) {
					t.Errorf("found %+v", found)
				}
			}
			_, err = client.GetSignature(testContext(t), "unknown", "")
			checkCode(t, err, fault.CallNotFound)
		})
	}
}

func TestGetSignatureOfARESTAnswer(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	if _, err := post(t, gateway, "/v1/chat/completions"); err != nil {
		t.Fatal(err)
	}
	found, err := newClient(t, gateway, countersign.UnattestedKeyset()).GetSignature(testContext(t), "rcpt_rest", "")
	if err != nil || !strings.HasPrefix(found.Text, "echo:") {
		t.Errorf("found %+v, %v", found, err)
	}
}

// post makes one REST call through an http.Client and reads the answer as far as it can be read.
func post(t *testing.T, gateway *fakegateway.Gateway, path string, options ...countersign.Option) (string, error) {
	t.Helper()
	transport, err := countersign.NewVerifyingTransport(gateway.Server.URL+"/v1", countersign.UnattestedKeyset(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	// A body that can be read only once, of a length nobody knows.
	body := io.MultiReader(strings.NewReader(`{"model":"echo"}`))
	request, err := http.NewRequestWithContext(testContext(t), http.MethodPost, gateway.Server.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+fakegateway.Token)
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if errors.Is(err, io.EOF) {
		t.Error("a failed check reads like the end of the answer")
	}
	return string(read), err
}
