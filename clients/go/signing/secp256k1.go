package signing

import (
	"bytes"
	"encoding/hex"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

const (
	// Secp256k1PublicKeySize is the length of an uncompressed public key, 0x04 ‖ X ‖ Y (SEC 1, 2.3.3).
	Secp256k1PublicKeySize = 65
	// ECDSASignatureSize is the length of a signature r ‖ s ‖ v.
	ECDSASignatureSize = 65
)

// IsSecp256k1PublicKey reports whether these bytes are an uncompressed point on secp256k1.
func IsSecp256k1PublicKey(publicKey []byte) bool {
	// The parser also takes the hybrid forms 0x06 and 0x07 of SEC 1, which would give one key several encodings.
	if len(publicKey) != Secp256k1PublicKeySize || publicKey[0] != secp256k1.PubKeyFormatUncompressed {
		return false
	}
	_, err := secp256k1.ParsePubKey(publicKey)
	return err == nil
}

// VerifyECDSA reports whether signature is the key owner's ECDSA signature over the EIP-191 digest of text.
//
// The form is strict, so that a signature cannot be altered and stay valid: 65 bytes r ‖ s ‖ v, v = 27 or 28, low s
// (EIP-2), and the key recovered with v must be publicKey (65 bytes, uncompressed), byte for byte.
func VerifyECDSA(signature []byte, text string, publicKey []byte) bool {
	if len(signature) != ECDSASignatureSize || !IsSecp256k1PublicKey(publicKey) {
		return false
	}
	v := signature[64]
	if v != 27 && v != 28 {
		return false
	}
	var s secp256k1.ModNScalar
	// The rest of the ranges (r and s not 0 and below the group order) is refused by the recovery.
	if overflow := s.SetByteSlice(signature[32:64]); overflow || s.IsOverHalfOrder() {
		return false
	}
	// The library's compact form begins with v.
	compact := append([]byte{v}, signature[:64]...)
	digest := EIP191Digest(text)
	recovered, _, err := ecdsa.RecoverCompact(compact, digest[:])
	return err == nil && bytes.Equal(recovered.SerializeUncompressed(), publicKey)
}

// EthereumAddress returns the address of a secp256k1 key (65 bytes, uncompressed): the last 20 bytes of
// Keccak-256(X ‖ Y), lower-case hex with 0x. ok is false if publicKey is not such a key.
func EthereumAddress(publicKey []byte) (address string, ok bool) {
	if !IsSecp256k1PublicKey(publicKey) {
		return "", false
	}
	digest := keccak256(string(publicKey[1:]))
	return "0x" + hex.EncodeToString(digest[12:]), true
}
