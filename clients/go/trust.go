package countersign

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"

	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/signing"
)

// Trust says which keyset a client believes. There is no default: make one with [PinnedKeyset], [KeysetBytes] or
// [UnattestedKeyset].
type Trust struct {
	pin        []byte
	serialised []byte
	unattested bool
	err        error
}

// PinnedKeyset trusts the keyset with this SHA-256 digest (64 hex digits), which somebody verified before. The client
// fetches the keyset from the gateway and compares before it sends anything else.
func PinnedKeyset(hexDigest string) Trust {
	pin, err := hex.DecodeString(hexDigest)
	if err != nil || len(pin) != sha256.Size {
		return Trust{err: fault.New(fault.ConfigInvalid, "a pinned keyset digest is 64 hex digits")}
	}
	return Trust{pin: pin}
}

// KeysetBytes trusts exactly this serialised keyset, which somebody verified before. Nothing is fetched.
func KeysetBytes(serialised []byte) Trust {
	if len(serialised) == 0 {
		return Trust{err: fault.New(fault.ConfigInvalid, "the trusted keyset is empty")}
	}
	return Trust{serialised: slices.Clone(serialised)}
}

// UnattestedKeyset trusts whatever keyset the gateway gives. Whoever does that trusts the connection and the gateway's
// operator: signatures then prove that one gateway made an answer, and not what that gateway is. For development.
func UnattestedKeyset() Trust { return Trust{unattested: true} }

func (t Trust) validate() error {
	switch {
	case t.err != nil:
		return t.err
	case t.pin == nil && t.serialised == nil && !t.unattested:
		return fault.New(fault.ConfigInvalid, "no trust was given: pass PinnedKeyset, KeysetBytes or UnattestedKeyset")
	}
	return nil
}

// open compares with the pin before anything is decoded.
func (t Trust) open(serialised []byte) (*signing.Keyset, error) {
	if t.pin != nil {
		digest := sha256.Sum256(serialised)
		if subtle.ConstantTimeCompare(digest[:], t.pin) != 1 {
			return nil, fault.New(fault.KeysetUntrusted, "the gateway's keyset is not the pinned one; verify the new one and pin it")
		}
	}
	return signing.ParseKeyset(serialised)
}
