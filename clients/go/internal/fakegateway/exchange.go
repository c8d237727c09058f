package fakegateway

import (
	"crypto/sha256"
	"fmt"

	"google.golang.org/protobuf/proto"

	"countersign.dev/countersign/clients/go/transcript"
	signaturev1 "countersign.dev/countersign/gen/go/countersign/signature/v1"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// request is what every request message has.
type request interface {
	GetModel() string
	GetConstraints() *transcriptv1.Constraints
	GetPayload() []byte
}

// exchange is one exchange on the gateway's side.
type exchange struct {
	gateway  *Gateway
	method   string
	request  request
	q        transcript.Digest
	chain    *transcript.RunningHash
	accepted *transcriptv1.Accepted
}

func (g *Gateway) newExchange(method string, r request) *exchange {
	g.mu.Lock()
	g.receipts++
	receiptID := fmt.Sprintf("rcpt_%d", g.receipts)
	g.mu.Unlock()
	q := transcript.RequestDigest(r.GetPayload())
	keysetDigest := sha256.Sum256(g.Keyset())
	return &exchange{
		gateway: g, method: method, request: r, q: q, chain: transcript.NewRunningHash(q),
		accepted: &transcriptv1.Accepted{
			RequestDigest: q[:],
			ReceiptId:     receiptID,
			KeysetDigest:  keysetDigest[:],
			ModelDigest:   &transcriptv1.ModelDigest{Kind: transcriptv1.ModelDigestKind_MODEL_DIGEST_KIND_NONE},
		},
	}
}

func (e *exchange) chunk(message proto.Message) *transcriptv1.Chunk {
	payload, err := proto.Marshal(message)
	if err != nil {
		panic(err)
	}
	value := e.chain.Absorb(payload)
	return &transcriptv1.Chunk{Sequence: e.chain.Count(), Payload: payload, RunningHash: value[:]}
}

func (e *exchange) checkpoint() *transcriptv1.Checkpoint {
	value := e.chain.Value()
	text := transcript.CheckpointText(e.q, e.chain.Count(), value)
	return &transcriptv1.Checkpoint{Sequence: e.chain.Count(), RunningHash: value[:], Ed25519: e.gateway.Stream.Ed25519(text)}
}

func (e *exchange) seal(status transcriptv1.SealStatus) *transcriptv1.Seal {
	body := e.chain.BodyDigest()
	described := &transcriptv1.SealMetadata{
		Method:       e.method,
		Model:        e.request.GetModel(),
		ModelDigest:  e.accepted.GetModelDigest(),
		ResponseId:   "chatcmpl-" + e.accepted.GetReceiptId(),
		ReceiptId:    e.accepted.GetReceiptId(),
		BodyDigest:   body[:],
		Usage:        &transcriptv1.Usage{PromptTokens: 1, CompletionTokens: e.chain.Count()},
		Constraints:  e.request.GetConstraints(),
		RequestForm:  transcriptv1.RequestForm_REQUEST_FORM_PAYLOAD,
		KeysetDigest: e.accepted.GetKeysetDigest(),
	}
	if status != transcriptv1.SealStatus_SEAL_STATUS_COMPLETE {
		described.FailureReason = "engine_failed"
	}
	metadata, err := proto.Marshal(described)
	if err != nil {
		panic(err)
	}
	statusName, _ := transcript.StatusName(status)
	final := e.chain.Value()
	text := transcript.SealText(statusName, e.q, e.chain.Count(), final, metadata)
	e.gateway.store(e.gateway.Stream, text, status, described.GetResponseId(), described.GetReceiptId())
	seal := &transcriptv1.Seal{
		Status:        status,
		ChunkCount:    e.chain.Count(),
		RequestDigest: e.q[:],
		FinalHash:     final[:],
		Metadata:      metadata,
		SignedText:    text,
		Ecdsa:         e.gateway.Stream.ECDSA(text),
		Ed25519:       e.gateway.Stream.Ed25519(text),
	}
	if e.gateway.TamperSeal != nil {
		e.gateway.TamperSeal(seal)
	}
	return seal
}

func (g *Gateway) store(signer *Signer, text string, status transcriptv1.SealStatus, responseID, receiptID string) {
	stored := &signaturev1.GetSignatureResponse{
		Text: text, Status: status, ResponseId: responseID, ReceiptId: receiptID,
		Ecdsa: signer.ECDSA(text), Ed25519: signer.Ed25519(text),
		EcdsaAddress: signer.Address(), Ed25519PublicKey: signer.Ed25519PublicKey(),
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stored[responseID], g.stored[receiptID] = stored, stored
}

func (g *Gateway) lookUp(id string) (*signaturev1.GetSignatureResponse, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	stored, ok := g.stored[id]
	return proto.CloneOf(stored), ok
}
