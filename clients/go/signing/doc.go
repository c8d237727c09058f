// Package signing verifies what a Countersign gateway signs: ECDSA over secp256k1 under EIP-191, and Ed25519. It also
// reads keysets and the texts of signed REST answers.
//
// It opens no connection, and it says nothing about whether a keyset is trusted: that is the caller's decision.
package signing
