package countersign

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"countersign.dev/countersign/clients/go/fault"
)

// receiptHeader names the receipt of a REST answer. A receipt id names exactly one exchange.
const receiptHeader = "X-Receipt-Id"

// VerifyingTransport is an [http.RoundTripper] for OpenAI-style REST calls to one gateway. It hashes exactly the bytes of
// request and response, looks up the answer's ECDSA and Ed25519 signatures, and verifies both under the keyset's keys of
// role RESPONSE.
//
// An answer that is no event stream is verified before its first byte can be read. Of an event stream, everything up to
// `data: [DONE]` passes at once and unverified; `[DONE]` and the end come only after verification. Whatever does not
// match is an error of reading the body, in the place of [io.EOF]: a reader that stops earlier has verified nothing.
//
// GET and HEAD pass unverified, as do the paths that [WithUnsignedPath] names and answers with an error status (400 and
// above): the gateway signs none of them. Every other answer needs a signature. Redirects and other servers are refused.
type VerifyingTransport struct {
	client *Client
}

var _ http.RoundTripper = (*VerifyingTransport)(nil)

// NewVerifyingTransport makes a transport for the gateway at baseURL, with or without `/v1` at its end. The token is that
// of each request's Authorization header. Options for RPCs apply to how the keyset is fetched.
func NewVerifyingTransport(baseURL string, trust Trust, opts ...Option) (*VerifyingTransport, error) {
	client, err := NewClient(baseURL, "", trust, opts...)
	if err != nil {
		return nil, err
	}
	return &VerifyingTransport{client: client}, nil
}

// RoundTrip sends one request. Its errors, and those of reading the body, are [Error].
func (t *VerifyingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	isSigned, err := t.route(request)
	if err != nil {
		closeBody(request)
		return nil, err
	}
	// The keyset comes first: no prompt leaves for a gateway whose keyset is not the trusted one.
	keyset, err := t.client.keyring.get(request.Context())
	if err != nil {
		closeBody(request)
		return nil, err
	}
	body, err := t.readRequest(request)
	if err != nil {
		return nil, err
	}
	// A RoundTripper must not change the caller's request.
	sent := request.Clone(request.Context())
	// What is hashed has to be what arrives.
	sent.Header.Set("Accept-Encoding", "identity")
	if request.Body != nil {
		sent.Body = io.NopCloser(bytes.NewReader(body))
		sent.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		sent.ContentLength = int64(len(body))
	}
	response, err := t.client.roundTripper.RoundTrip(sent)
	if err != nil {
		return nil, restError(request.Context(), "the request failed", err)
	}
	response.Request = request
	if isRedirect(response) {
		_ = response.Body.Close() // nothing of it is used
		return nil, fault.New(fault.ResponseRedirect, "the gateway answered with a redirect, which is not followed")
	}
	if !isSigned || response.StatusCode >= 400 {
		return response, nil
	}
	if response.StatusCode == http.StatusNoContent || response.StatusCode == http.StatusResetContent {
		_ = response.Body.Close() // it is empty
		return nil, fault.New(fault.ResponseSignatureMissing, "the answer has no content and so no signature")
	}
	verification := &responseVerification{
		ctx:           request.Context(),
		transport:     t,
		keyset:        keyset,
		authorization: request.Header.Get("Authorization"),
		receiptID:     response.Header.Get(receiptHeader),
		requestDigest: sha256.Sum256(body),
		model:         t.expectedModel(body),
	}
	if isEventStream(response.Header) {
		response.Body = newEventStreamBody(response.Body, verification)
	} else {
		response.Body = newWholeBody(response.Body, verification, t.client.options.maxBodyBytes)
	}
	return response, nil
}

// CloseIdleConnections closes connections that no call uses.
func (t *VerifyingTransport) CloseIdleConnections() { t.client.CloseIdleConnections() }

// route decides before anything is sent whether the answer will be verified.
func (t *VerifyingTransport) route(request *http.Request) (isSigned bool, err error) {
	base := t.client.base
	if request.URL.Scheme != base.Scheme || !strings.EqualFold(request.URL.Host, base.Host) {
		return false, fault.New(fault.ResponseRoute, "the request goes to another server than the gateway this transport was made for")
	}
	path, isBelow := strings.CutPrefix(request.URL.Path, base.Path)
	switch {
	case !isBelow || !strings.HasPrefix(path, "/"):
		return false, fault.New(fault.ResponseRoute, "the request's path is not below the gateway's base URL")
	case t.client.options.unsignedPaths[path]:
		return false, nil
	case request.Method == http.MethodGet, request.Method == http.MethodHead, request.Method == "": // "" means GET
		return false, nil
	default:
		return true, nil
	}
}

// readRequest reads the whole body: the transport underneath may send it more than once, and every time it has to be
// what was hashed.
func (t *VerifyingTransport) readRequest(request *http.Request) ([]byte, error) {
	if request.Body == nil {
		return nil, nil
	}
	defer closeBody(request)
	limit := t.client.options.maxBodyBytes
	body, err := io.ReadAll(io.LimitReader(request.Body, limit+1))
	switch {
	case err != nil:
		return nil, fault.Wrap(fault.InputInvalid, "the request's body cannot be read", err)
	case int64(len(body)) > limit:
		return nil, fault.Newf(fault.InputInvalid, "the request's body is larger than %d bytes; WithMaxBodyBytes sets the limit", limit)
	}
	return body, nil
}

func (t *VerifyingTransport) signatureURL(id, algorithm string) string {
	lookup := *t.client.base
	lookup.RawPath = lookup.EscapedPath() + "/v1/signature/" + url.PathEscape(id)
	lookup.Path += "/v1/signature/" + id
	lookup.RawQuery = url.Values{"signing_algo": {algorithm}}.Encode()
	return lookup.String()
}

// expectedModel is the model that the signed text must name: the configured one, or the request's own.
func (t *VerifyingTransport) expectedModel(body []byte) string {
	if t.client.options.model != "" {
		return t.client.options.model
	}
	var request struct {
		Model string `json:"model"`
	}
	if json.Unmarshal(body, &request) != nil {
		return ""
	}
	return request.Model
}

func isRedirect(response *http.Response) bool {
	return response.StatusCode >= 300 && response.StatusCode < 400 && response.StatusCode != http.StatusNotModified
}

func isEventStream(header http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && mediaType == "text/event-stream"
}

func closeBody(request *http.Request) {
	if request.Body != nil {
		_ = request.Body.Close() // the contract of RoundTrip; there is nobody to tell
	}
}
