package transcript

import (
	"crypto/sha256"
	"hash"
)

// Version is the version of the transcript: the first part of h_0 and of the seal's signed text.
const Version = "countersign.stream.v1"

// RunningHash is the state of one transcript: a chain over the chunks, and the plain digest of the same bytes.
//
//	h_0 = SHA-256("countersign.stream.v1" ‖ 0x00 ‖ q)
//	h_i = SHA-256(h_{i-1} ‖ payload_i)
//
// It keeps nothing of the payloads. It is not safe for concurrent use; make it with [NewRunningHash].
type RunningHash struct {
	value Digest
	count uint64
	body  hash.Hash
}

// NewRunningHash starts the transcript of the request with digest q.
func NewRunningHash(q Digest) *RunningHash {
	start := append([]byte(Version), 0x00)
	return &RunningHash{value: sha256.Sum256(append(start, q[:]...)), body: sha256.New()}
}

// Peek returns what [RunningHash.Absorb] would, without taking the payload: a reader compares before it commits.
func (r *RunningHash) Peek(payload []byte) Digest {
	next := sha256.New()
	next.Write(r.value[:])
	next.Write(payload)
	var value Digest
	next.Sum(value[:0])
	return value
}

// Absorb takes the exact payload bytes of the next chunk and returns the new h_i.
func (r *RunningHash) Absorb(payload []byte) Digest {
	r.value = r.Peek(payload)
	r.body.Write(payload)
	r.count++
	return r.value
}

// Count returns i, the number of chunks absorbed.
func (r *RunningHash) Count() uint64 { return r.count }

// Value returns h_i; before the first chunk h_0.
func (r *RunningHash) Value() Digest { return r.value }

// BodyDigest returns b over the chunks so far: SHA-256(payload_1 ‖ ... ‖ payload_i). More chunks may follow.
func (r *RunningHash) BodyDigest() Digest {
	var digest Digest
	r.body.Sum(digest[:0])
	return digest
}
