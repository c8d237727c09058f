package signing

import (
	"bytes"

	attestationv1 "countersign.dev/countersign/gen/go/countersign/attestation/v1"
)

const (
	// X25519 public keys are 32 bytes (RFC 7748, 5).
	x25519PublicKeySize = 32
	// A P-256 point without its 0x04 is 64 bytes.
	p256PointSize = 64
)

// p256SPKIPrefix is the DER SubjectPublicKeyInfo of a named-curve P-256 key up to and with the point's 0x04
// (RFC 5480, 2). The point follows.
var p256SPKIPrefix = []byte{
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
}

// hasPublicKeyForm reports whether value has the form its algorithm fixes. False for an algorithm that is unspecified
// or unknown.
func hasPublicKeyForm(algorithm attestationv1.KeyAlgorithm, value []byte) bool {
	switch algorithm {
	case attestationv1.KeyAlgorithm_KEY_ALGORITHM_ED25519:
		return IsEd25519PublicKey(value)
	case attestationv1.KeyAlgorithm_KEY_ALGORITHM_SECP256K1:
		return IsSecp256k1PublicKey(value)
	case attestationv1.KeyAlgorithm_KEY_ALGORITHM_X25519:
		return len(value) == x25519PublicKeySize
	case attestationv1.KeyAlgorithm_KEY_ALGORITHM_P256:
		return len(value) == len(p256SPKIPrefix)+p256PointSize && bytes.HasPrefix(value, p256SPKIPrefix)
	default:
		return false
	}
}
