package fakegateway

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"countersign.dev/countersign/clients/go/signing"
	attestationv1 "countersign.dev/countersign/gen/go/countersign/attestation/v1"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// Signer signs with fresh keys of one role.
type Signer struct {
	role      attestationv1.KeyRole
	ed25519   ed25519.PrivateKey
	secp256k1 *secp256k1.PrivateKey
}

// NewSigner makes fresh keys of that role.
func NewSigner(tb testing.TB, role attestationv1.KeyRole) *Signer {
	tb.Helper()
	_, ed25519Key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	secp256k1Key, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		tb.Fatal(err)
	}
	return &Signer{role: role, ed25519: ed25519Key, secp256k1: secp256k1Key}
}

// Ed25519 signs a text.
func (s *Signer) Ed25519(text string) *transcriptv1.Signature {
	return &transcriptv1.Signature{KeyId: s.ed25519Key().GetId(), Value: ed25519.Sign(s.ed25519, []byte(text))}
}

// ECDSA signs the EIP-191 digest of a text.
func (s *Signer) ECDSA(text string) *transcriptv1.Signature {
	digest := signing.EIP191Digest(text)
	compact := ecdsa.SignCompact(s.secp256k1, digest[:], false) // v ‖ r ‖ s
	return &transcriptv1.Signature{KeyId: s.secp256k1Key().GetId(), Value: append(compact[1:], compact[0])}
}

// Address is the Ethereum address of the ECDSA key.
func (s *Signer) Address() string {
	address, _ := signing.EthereumAddress(s.secp256k1Key().GetValue())
	return address
}

// Ed25519PublicKey is the public key of the Ed25519 signatures.
func (s *Signer) Ed25519PublicKey() []byte { return s.ed25519Key().GetValue() }

func (s *Signer) ed25519Key() *attestationv1.PublicKey {
	return s.key(attestationv1.KeyAlgorithm_KEY_ALGORITHM_ED25519, s.ed25519.Public().(ed25519.PublicKey))
}

func (s *Signer) secp256k1Key() *attestationv1.PublicKey {
	return s.key(attestationv1.KeyAlgorithm_KEY_ALGORITHM_SECP256K1, s.secp256k1.PubKey().SerializeUncompressed())
}

func (s *Signer) key(algorithm attestationv1.KeyAlgorithm, value []byte) *attestationv1.PublicKey {
	id, _ := signing.KeyID(s.role, algorithm, value)
	return &attestationv1.PublicKey{Id: id, Role: s.role, Algorithm: algorithm, Value: value}
}
