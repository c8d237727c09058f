package signing

import (
	"strconv"

	"golang.org/x/crypto/sha3"
)

// EIP191Digest returns the digest of a text under EIP-191, version 0x45 ("personal message"): Keccak-256 of byte 0x19,
// `Ethereum Signed Message:`, a newline, the text's length in UTF-8 bytes as decimal, and the text.
func EIP191Digest(text string) [32]byte {
	return keccak256("\x19Ethereum Signed Message:\n", strconv.Itoa(len(text)), text)
}

// keccak256 is the hash of Ethereum: Keccak with its original padding, not the SHA-3 of FIPS 202.
func keccak256(parts ...string) [32]byte {
	state := sha3.NewLegacyKeccak256()
	for _, part := range parts {
		state.Write([]byte(part))
	}
	var digest [32]byte
	state.Sum(digest[:0])
	return digest
}
