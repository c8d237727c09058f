package transcript

import (
	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/signing"
	attestationv1 "countersign.dev/countersign/gen/go/countersign/attestation/v1"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

func (v *Verifier) ecdsa(signature *transcriptv1.Signature, text string) error {
	if signature == nil {
		return fault.New(fault.SealECDSA, "the seal has no ECDSA signature")
	}
	key, err := v.streamKey(signature, attestationv1.KeyAlgorithm_KEY_ALGORITHM_SECP256K1)
	if err != nil {
		return err
	}
	if !signing.VerifyECDSA(signature.GetValue(), text, key) {
		return fault.New(fault.SealECDSA, "the seal's ECDSA signature does not verify")
	}
	return nil
}

func (v *Verifier) ed25519(signature *transcriptv1.Signature, text string, code fault.Code) error {
	key, err := v.streamKey(signature, attestationv1.KeyAlgorithm_KEY_ALGORITHM_ED25519)
	if err != nil {
		return err
	}
	if !signing.VerifyEd25519(signature.GetValue(), text, key) {
		return fault.New(code, "the Ed25519 signature does not verify")
	}
	return nil
}

func (v *Verifier) streamKey(signature *transcriptv1.Signature, algorithm attestationv1.KeyAlgorithm) ([]byte, error) {
	role := attestationv1.KeyRole_KEY_ROLE_STREAM
	return v.expected.Keyset.Find(signature.GetKeyId(), role, algorithm, v.expected.Now())
}
