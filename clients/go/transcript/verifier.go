package transcript

import (
	"crypto/subtle"
	"time"

	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/signing"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// Expectation is what a client knows about an exchange before the first message arrives. All fields but Constraints and
// Now are required.
type Expectation struct {
	// RequestDigest is q over the payload that was sent.
	RequestDigest Digest
	// Method is the full method name, for example `/countersign.inference.v1.InferenceService/StreamChat`.
	Method string
	// Model is the model asked for.
	Model string
	// Constraints are those that were sent; nil if none were.
	Constraints *transcriptv1.Constraints
	// Keyset is the trusted keyset.
	Keyset *signing.Keyset
	// Now gives the time at which the validity of keys is judged. Default [time.Now].
	Now func() time.Time
}

// Event is one message of a response stream, whatever its method.
type Event interface {
	GetAccepted() *transcriptv1.Accepted
	GetChunk() *transcriptv1.Chunk
	GetCheckpoint() *transcriptv1.Checkpoint
	GetSeal() *transcriptv1.Seal
}

// Verifier follows one exchange. The first failed check ends it: every later call returns the same error. It is not safe
// for concurrent use; make it with [NewVerifier].
type Verifier struct {
	expected Expectation
	chain    *RunningHash
	accepted *transcriptv1.Accepted
	// checkpointed is the sequence of the last verified checkpoint.
	checkpointed uint64
	sealed       *Sealed
	err          error
}

// NewVerifier starts following an exchange.
func NewVerifier(expected Expectation) *Verifier {
	if expected.Now == nil {
		expected.Now = time.Now
	}
	return &Verifier{expected: expected, chain: NewRunningHash(expected.RequestDigest)}
}

// Message takes the next message of a stream. If it is a chunk, Message returns its payload, verified and not decoded;
// else nil. All of event is attacker-controlled; its size is bounded by the transport's limit on a message.
func (v *Verifier) Message(event Event) (payload []byte, err error) {
	if v.err != nil {
		return nil, v.err
	}
	payload, err = v.message(event)
	if err != nil {
		return nil, v.Fail(err)
	}
	return payload, nil
}

// Unary takes the payload and the seal of a unary call, which is a stream of exactly one chunk, or of none if it did not
// complete. It returns the verified seal, and [IncompleteError] if that says that the answer did not complete.
func (v *Verifier) Unary(payload []byte, seal *transcriptv1.Seal) (*Sealed, error) {
	if v.err != nil {
		return nil, v.err
	}
	if seal == nil {
		return nil, v.Fail(fault.New(fault.SealMissing, "the response has no seal, so nothing proves it"))
	}
	isEmpty := len(payload) == 0 && seal.GetChunkCount() == 0 &&
		seal.GetStatus() != transcriptv1.SealStatus_SEAL_STATUS_COMPLETE
	if !isEmpty {
		v.chain.Absorb(payload)
	}
	if err := v.seal(seal); err != nil {
		return nil, v.Fail(err)
	}
	return v.End()
}

// End says that the stream ended. It returns the verified seal; without one the error is [fault.SealMissing], and with
// one that says that the answer did not complete it is [IncompleteError].
func (v *Verifier) End() (*Sealed, error) {
	switch {
	case v.err != nil:
		return nil, v.err
	case v.sealed == nil:
		return nil, v.Fail(fault.New(fault.SealMissing, "the stream ended without a seal: it was cut off, and what arrived is not the whole answer"))
	case v.sealed.Status != transcriptv1.SealStatus_SEAL_STATUS_COMPLETE:
		return nil, v.Fail(&IncompleteError{Sealed: v.sealed})
	}
	return v.sealed, nil
}

// Fail ends the verification with an error found outside, for example where a payload cannot be decoded. It returns the
// error that ended the verification first.
func (v *Verifier) Fail(err error) error {
	if v.err == nil {
		v.err = err
	}
	return v.err
}

// Sealed returns the verified seal, or nil if none was verified. A verified seal alone is not success: see [Verifier.End].
func (v *Verifier) Sealed() *Sealed { return v.sealed }

// Accepted returns the first message, or nil before it was verified.
func (v *Verifier) Accepted() *transcriptv1.Accepted { return v.accepted }

// Checkpointed returns the sequence of the last chunk that a verified checkpoint covers, 0 before the first: what a
// reader who is cut off now can prove.
func (v *Verifier) Checkpointed() uint64 { return v.checkpointed }

// Count returns the number of chunks verified.
func (v *Verifier) Count() uint64 { return v.chain.Count() }

func (v *Verifier) message(event Event) ([]byte, error) {
	accepted, chunk, checkpoint, seal := event.GetAccepted(), event.GetChunk(), event.GetCheckpoint(), event.GetSeal()
	switch {
	case accepted == nil && chunk == nil && checkpoint == nil && seal == nil:
		return nil, fault.New(fault.MessageMalformed, "a message names no event this client knows")
	case v.sealed != nil:
		return nil, fault.New(fault.StreamAfterSeal, "a message came after the seal")
	case v.accepted == nil && accepted == nil:
		return nil, fault.New(fault.StreamAccepted, "the first message is not `accepted`")
	case v.accepted != nil && accepted != nil:
		return nil, fault.New(fault.StreamAccepted, "`accepted` came twice")
	case accepted != nil:
		return nil, v.accept(accepted)
	case chunk != nil:
		return v.chunk(chunk)
	case checkpoint != nil:
		return nil, v.checkpoint(checkpoint)
	default:
		return nil, v.seal(seal)
	}
}

func (v *Verifier) chunk(chunk *transcriptv1.Chunk) ([]byte, error) {
	if chunk.GetSequence() != v.chain.Count()+1 {
		return nil, fault.Newf(fault.TranscriptSequence, "chunk %d came where chunk %d belongs", chunk.GetSequence(), v.chain.Count()+1)
	}
	if !equal(chunk.GetRunningHash(), v.chain.Peek(chunk.GetPayload())) {
		return nil, fault.Newf(fault.TranscriptHash, "the running hash of chunk %d does not fit what arrived", chunk.GetSequence())
	}
	v.chain.Absorb(chunk.GetPayload())
	return chunk.GetPayload(), nil
}

// equal compares a received digest, of any length, with one of our own, in constant time.
func equal(received []byte, own Digest) bool {
	return subtle.ConstantTimeCompare(received, own[:]) == 1
}
