package countersign

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/signing"
	attestationv1 "countersign.dev/countersign/gen/go/countersign/attestation/v1"
)

const (
	// maxSignatureAnswerBytes bounds the answer of a signature lookup: a text of three short parts, a signature, a key.
	maxSignatureAnswerBytes = 64 << 10
	// maxIDBytes bounds the id an answer is looked up by.
	maxIDBytes = 256
)

// responseVerification is everything that is known about one REST exchange when its answer begins.
type responseVerification struct {
	ctx           context.Context
	transport     *VerifyingTransport
	keyset        *signing.Keyset
	authorization string
	// receiptID is the gateway's, and so attacker-controlled; see isLookupID. Empty if it gave none.
	receiptID     string
	requestDigest [sha256.Size]byte
	// model is the one the signed text must name; empty if neither the caller nor the request said.
	model string
}

// responseAlgorithm is a signature algorithm of REST answers.
type responseAlgorithm struct {
	// name is the value of `signing_algo`.
	name      string
	algorithm attestationv1.KeyAlgorithm
	// address tells what the gateway calls the key.
	address func(publicKey []byte) string
	decode  func(signature string) ([]byte, error)
	verify  func(signature []byte, text string, publicKey []byte) bool
}

var responseAlgorithms = []responseAlgorithm{
	{
		name:      "ecdsa",
		algorithm: attestationv1.KeyAlgorithm_KEY_ALGORITHM_SECP256K1,
		address: func(publicKey []byte) string {
			address, _ := signing.EthereumAddress(publicKey) // a parsed keyset holds valid keys only
			return address
		},
		decode: func(signature string) ([]byte, error) { return hex.DecodeString(strings.TrimPrefix(signature, "0x")) },
		verify: signing.VerifyECDSA,
	},
	{
		name:      "ed25519",
		algorithm: attestationv1.KeyAlgorithm_KEY_ALGORITHM_ED25519,
		address:   hex.EncodeToString,
		decode:    hex.DecodeString,
		verify:    signing.VerifyEd25519,
	},
}

// signatureAnswer is the body of `GET /v1/signature/{id}`.
type signatureAnswer struct {
	Text           string `json:"text"`
	Signature      string `json:"signature"`
	SigningAddress string `json:"signing_address"`
	SigningAlgo    string `json:"signing_algo"`
}

// verify looks up both signatures of an answer whose last byte has arrived, and verifies them.
func (v *responseVerification) verify(responseID string, responseDigest [sha256.Size]byte, length uint64) error {
	err := v.check(responseID, responseDigest, length)
	v.transport.client.keyring.review(err)
	return err
}

func (v *responseVerification) check(responseID string, responseDigest [sha256.Size]byte, length uint64) error {
	id := v.receiptID
	if id == "" {
		id = responseID
	}
	if !isLookupID(id) {
		return fault.New(fault.ResponseID, "the answer has no id to look its signature up by")
	}
	ctx, cancel := context.WithTimeout(v.ctx, v.transport.client.options.lookupTimeout)
	defer cancel()
	answers := make([]*signatureAnswer, len(responseAlgorithms))
	for index, algorithm := range responseAlgorithms {
		found, err := v.lookUp(ctx, id, algorithm.name)
		if err != nil {
			return err
		}
		answers[index] = found
	}
	text := answers[0].Text
	if answers[1].Text != text {
		return fault.New(fault.ResponseText, "the two signatures cover different texts")
	}
	for index, algorithm := range responseAlgorithms {
		if !v.isSigned(algorithm, answers[index]) {
			return fault.Newf(fault.ResponseSignature, "the %s signature does not verify under a response key of the trusted keyset", algorithm.name)
		}
	}
	signed, ok := signing.ParseResponseText(text)
	switch {
	case !ok:
		return fault.New(fault.ResponseText, "the signed text has none of the forms of a REST answer's text")
	case !sameHex(signed.Request, v.requestDigest):
		return fault.New(fault.ResponseRequest, "the signed text is that of another request than the bytes sent")
	case !sameHex(signed.Response, responseDigest):
		return fault.New(fault.ResponseHash, "the signed text is that of another answer than the bytes received")
	case signed.Form == signing.IncompleteResponse && signed.BytesSent != length:
		return fault.New(fault.ResponseHash, "the signed text counts another number of bytes than were received")
	}
	form := v.transport.client.options.text
	switch {
	case signed.Form != form && signed.Form != signing.IncompleteResponse:
		return fault.New(fault.ResponseText, "the signed text has another form than the expected one; WithSignedText sets it")
	case form == signing.ModelRequestResponse && (v.model == "" || signed.Model != v.model):
		return fault.New(fault.ResponseModel, "the signed text names another model than the expected one; WithSignedModel sets it")
	case signed.Form == signing.IncompleteResponse:
		return fault.Newf(fault.ResponseIncomplete, "the gateway says that the answer ended as %s; what arrived is proven, but it is not the whole answer", signed.Status)
	}
	return nil
}

func (v *responseVerification) isSigned(algorithm responseAlgorithm, found *signatureAnswer) bool {
	signature, err := algorithm.decode(found.Signature)
	if err != nil {
		return false
	}
	role := attestationv1.KeyRole_KEY_ROLE_RESPONSE
	for _, publicKey := range v.keyset.Select(role, algorithm.algorithm, v.transport.client.options.now()) {
		if strings.EqualFold(found.SigningAddress, algorithm.address(publicKey)) {
			return algorithm.verify(signature, found.Text, publicKey)
		}
	}
	return false
}

func (v *responseVerification) lookUp(ctx context.Context, id, algorithm string) (*signatureAnswer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.transport.signatureURL(id, algorithm), nil)
	if err != nil {
		return nil, fault.Wrap(fault.ResponseID, "the answer's id makes no URL", err)
	}
	if v.authorization != "" {
		request.Header.Set("Authorization", v.authorization)
	}
	request.Header.Set("Accept-Encoding", "identity")
	response, err := v.transport.client.roundTripper.RoundTrip(request)
	if err != nil {
		return nil, v.lookupError(err)
	}
	defer response.Body.Close()
	if isRedirect(response) {
		return nil, fault.New(fault.ResponseRedirect, "the lookup of the answer's signature was redirected")
	}
	if response.StatusCode != http.StatusOK {
		return nil, fault.Newf(fault.ResponseSignatureMissing, "the lookup of the answer's %s signature was answered with status %d", algorithm, response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxSignatureAnswerBytes+1))
	if err != nil {
		return nil, v.lookupError(err)
	}
	found := new(signatureAnswer)
	if len(body) > maxSignatureAnswerBytes || json.Unmarshal(body, found) != nil || found.SigningAlgo != algorithm {
		return nil, fault.Newf(fault.ResponseSignatureMissing, "the answer to the lookup is no %s signature", algorithm)
	}
	return found, nil
}

// lookupError keeps the caller's own leaving apart from a gateway that gives no signature.
func (v *responseVerification) lookupError(err error) error {
	if v.ctx.Err() != nil {
		return restError(v.ctx, "the lookup of the answer's signature was not finished", err)
	}
	return fault.Wrap(fault.ResponseSignatureMissing, "the lookup of the answer's signature failed: "+printable(err.Error()), err)
}

// isLookupID bounds an id before it becomes, escaped, a segment of a path. Escaping does not change dots.
func isLookupID(id string) bool {
	return id != "" && id != "." && id != ".." && len(id) <= maxIDBytes && utf8.ValidString(id)
}

func sameHex(digits string, own [sha256.Size]byte) bool {
	return subtle.ConstantTimeCompare([]byte(digits), []byte(hex.EncodeToString(own[:]))) == 1
}

// restError gives an error of HTTP the code of the matching RPC error.
func restError(ctx context.Context, what string, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fault.Wrap(fault.CallDeadline, what+": the deadline passed", err)
	case errors.Is(ctx.Err(), context.Canceled):
		return fault.Wrap(fault.CallCancelled, what+": the call was cancelled", err)
	default:
		return fault.Wrap(fault.CallUnavailable, what+": "+printable(err.Error()), err)
	}
}
