package signing

import (
	"crypto/sha256"
	"time"

	"google.golang.org/protobuf/proto"

	"countersign.dev/countersign/clients/go/fault"
	attestationv1 "countersign.dev/countersign/gen/go/countersign/attestation/v1"
)

// ClockLeeway is how far the clocks of gateway and client may differ where a key's validity is judged.
const ClockLeeway = 5 * time.Minute

// maxKeys is far above any gateway's number of keys and far below what would cost time.
const maxKeys = 256

// Keyset is a keyset that keeps its rules. That says nothing about whether it is trusted. It is immutable and safe for
// concurrent use.
type Keyset struct {
	digest  [sha256.Size]byte
	message *attestationv1.Keyset
	byID    map[string]*attestationv1.PublicKey
}

// ParseKeyset reads a serialised keyset and holds it to its rules: 1 to 256 keys, known roles and algorithms, values in
// the form of their algorithm, each id the name of its own key, no id and no public key twice, so that no key serves
// two roles. Anything else is [fault.KeysetMalformed].
//
// The bytes are attacker-controlled until their digest has been compared with a trusted one.
func ParseKeyset(serialised []byte) (*Keyset, error) {
	message := new(attestationv1.Keyset)
	if err := proto.Unmarshal(serialised, message); err != nil {
		return nil, fault.Wrap(fault.KeysetMalformed, "the keyset's bytes are not a serialised keyset", err)
	}
	keys := message.GetKeys()
	if len(keys) == 0 || len(keys) > maxKeys {
		return nil, malformed("it holds %d keys, not 1 to %d", len(keys), maxKeys)
	}
	byID := make(map[string]*attestationv1.PublicKey, len(keys))
	values := make(map[string]struct{}, len(keys))
	for index, key := range keys {
		// Judged before the id is computed: id, role, algorithm and value are all the sender's.
		if !hasPublicKeyForm(key.GetAlgorithm(), key.GetValue()) {
			return nil, malformed("key %d is not a public key of its algorithm", index)
		}
		id, ok := KeyID(key.GetRole(), key.GetAlgorithm(), key.GetValue())
		if !ok || id != key.GetId() {
			return nil, malformed("the id of key %d does not name it", index)
		}
		value := string(key.GetValue())
		if _, twice := values[value]; twice || byID[id] != nil {
			return nil, malformed("key %d is there twice", index)
		}
		byID[id] = key
		values[value] = struct{}{}
	}
	return &Keyset{digest: sha256.Sum256(serialised), message: message, byID: byID}, nil
}

// Digest returns SHA-256 of the keyset's bytes as they were served: what evidence commits to and what callers pin.
func (k *Keyset) Digest() [sha256.Size]byte { return k.digest }

// Source returns where the private keys come from, as the gateway states it.
func (k *Keyset) Source() attestationv1.KeySourceKind { return k.message.GetSource() }

// Message returns a copy of the keyset as served.
func (k *Keyset) Message() *attestationv1.Keyset { return proto.CloneOf(k.message) }

// Find returns the public key that a signature names. It is [fault.KeysetKey] if the id is unknown, or if the key has
// another role or algorithm or is not valid at that time, give or take [ClockLeeway].
func (k *Keyset) Find(
	id string,
	role attestationv1.KeyRole,
	algorithm attestationv1.KeyAlgorithm,
	at time.Time,
) ([]byte, error) {
	key := k.byID[id]
	switch {
	case key == nil:
		return nil, fault.New(fault.KeysetKey, "the signature names a key that the keyset does not hold")
	case key.GetRole() != role:
		return nil, fault.Newf(fault.KeysetKey, "%s has another role than this signature needs", key.GetId())
	case key.GetAlgorithm() != algorithm:
		return nil, fault.Newf(fault.KeysetKey, "%s has another algorithm than this signature needs", key.GetId())
	case !isValidAt(key, at):
		return nil, fault.Newf(fault.KeysetKey, "%s is not valid now; fetch the keyset again or check the clock", key.GetId())
	}
	return key.GetValue(), nil
}

// Select returns all public keys with this role and algorithm that are valid at that time, in the keyset's order.
func (k *Keyset) Select(
	role attestationv1.KeyRole,
	algorithm attestationv1.KeyAlgorithm,
	at time.Time,
) [][]byte {
	var values [][]byte
	for _, key := range k.message.GetKeys() {
		if key.GetRole() == role && key.GetAlgorithm() == algorithm && isValidAt(key, at) {
			values = append(values, key.GetValue())
		}
	}
	return values
}

// isValidAt compares without arithmetic on the key's times: those are the sender's and could overflow.
func isValidAt(key *attestationv1.PublicKey, at time.Time) bool {
	latest := at.Add(ClockLeeway).UnixMilli()
	earliest := at.Add(-ClockLeeway).UnixMilli()
	if latest < 0 || uint64(latest) < key.GetNotBeforeUnixMs() {
		return false
	}
	notAfter := key.GetNotAfterUnixMs()
	return notAfter == 0 || earliest < 0 || uint64(earliest) <= notAfter
}

func malformed(format string, arguments ...any) error {
	return fault.Newf(fault.KeysetMalformed, "the keyset breaks its rules: "+format, arguments...)
}
