package transcript

import (
	"fmt"

	"countersign.dev/countersign/clients/go/fault"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// Sealed is what a verified seal proves. Everything in it has been compared with the verifier's own state or is covered
// by both signatures.
type Sealed struct {
	// Status says how the exchange ended.
	Status transcriptv1.SealStatus
	// ChunkCount is n.
	ChunkCount uint64
	// RequestDigest is q.
	RequestDigest Digest
	// FinalHash is h_n.
	FinalHash Digest
	// BodyDigest is b.
	BodyDigest Digest
	// Metadata is the rest of what the gateway signed: ids, model, times, usage.
	Metadata *transcriptv1.SealMetadata
	// Text is the signed text.
	Text string
	// ECDSA is the signature over secp256k1 under EIP-191.
	ECDSA *transcriptv1.Signature
	// Ed25519 is the Ed25519 signature.
	Ed25519 *transcriptv1.Signature
}

// StatusName returns the status as the signed text spells it: `complete`, `upstream_failed` or `cancelled`.
func (s *Sealed) StatusName() string {
	name, _ := StatusName(s.Status) // a Sealed is only made with a known status
	return name
}

// IncompleteError says that everything verifies and that the answer did not complete. It wraps a [fault.Error] with the
// code [fault.SealIncomplete].
type IncompleteError struct {
	// Sealed proves what was sent before the exchange ended, and why it ended.
	Sealed *Sealed
	// Cause is the error that the call ended with after the seal, or nil.
	Cause error
}

// Error returns the text, preceded by the code in brackets.
func (e *IncompleteError) Error() string { return e.Unwrap().Error() }

// Unwrap returns the error with the code.
func (e *IncompleteError) Unwrap() error {
	message := fmt.Sprintf("the answer ended as %s (%q) after %d chunks; what arrived is proven, but it is not the whole answer",
		e.Sealed.StatusName(), reason(e.Sealed.Metadata), e.Sealed.ChunkCount)
	return fault.Wrap(fault.SealIncomplete, message, e.Cause)
}

// maxReasonBytes bounds how much of the gateway's word for a failure becomes part of an error. The words of its closed
// set are far shorter.
const maxReasonBytes = 64

func reason(metadata *transcriptv1.SealMetadata) string {
	given := metadata.GetFailureReason()
	return given[:min(len(given), maxReasonBytes)]
}
