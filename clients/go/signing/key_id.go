package signing

import (
	"crypto/sha256"
	"encoding/hex"

	attestationv1 "countersign.dev/countersign/gen/go/countersign/attestation/v1"
)

// KeyID returns the id of a key: `<role>-<algorithm>-<first 16 hex digits of SHA-256(public key)>`. ok is false if the
// role or the algorithm is unspecified or unknown.
func KeyID(role attestationv1.KeyRole, algorithm attestationv1.KeyAlgorithm, publicKey []byte) (id string, ok bool) {
	roleName, algorithmName := roleName(role), algorithmName(algorithm)
	if roleName == "" || algorithmName == "" {
		return "", false
	}
	digest := sha256.Sum256(publicKey)
	return roleName + "-" + algorithmName + "-" + hex.EncodeToString(digest[:8]), true
}

func roleName(role attestationv1.KeyRole) string {
	switch role {
	case attestationv1.KeyRole_KEY_ROLE_STREAM:
		return "stream"
	case attestationv1.KeyRole_KEY_ROLE_RESPONSE:
		return "response"
	case attestationv1.KeyRole_KEY_ROLE_RECEIPT:
		return "receipt"
	case attestationv1.KeyRole_KEY_ROLE_E2EE:
		return "e2ee"
	case attestationv1.KeyRole_KEY_ROLE_ENVELOPE:
		return "envelope"
	case attestationv1.KeyRole_KEY_ROLE_TLS:
		return "tls"
	case attestationv1.KeyRole_KEY_ROLE_LOG:
		return "log"
	default:
		return ""
	}
}

func algorithmName(algorithm attestationv1.KeyAlgorithm) string {
	switch algorithm {
	case attestationv1.KeyAlgorithm_KEY_ALGORITHM_ED25519:
		return "ed25519"
	case attestationv1.KeyAlgorithm_KEY_ALGORITHM_SECP256K1:
		return "secp256k1"
	case attestationv1.KeyAlgorithm_KEY_ALGORITHM_X25519:
		return "x25519"
	case attestationv1.KeyAlgorithm_KEY_ALGORITHM_P256:
		return "p256"
	default:
		return ""
	}
}
