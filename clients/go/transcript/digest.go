package transcript

import "crypto/sha256"

// Digest is a SHA-256 digest (FIPS 180-4).
type Digest = [sha256.Size]byte

// RequestDigest returns `q`: SHA-256 of the request payload, exactly the bytes that are sent.
func RequestDigest(payload []byte) Digest { return sha256.Sum256(payload) }
