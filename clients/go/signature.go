package countersign

import (
	"bytes"
	"context"
	"strings"
	"time"

	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/signing"
	"countersign.dev/countersign/clients/go/transcript"
	attestationv1 "countersign.dev/countersign/gen/go/countersign/attestation/v1"
	signaturev1 "countersign.dev/countersign/gen/go/countersign/signature/v1"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// VerifiedSignature is what the gateway keeps of one exchange, with both signatures verified under the trusted keyset.
// That proves that the gateway signed the text; whether the text is that of the bytes somebody has is for them to
// compare.
type VerifiedSignature struct {
	// Text is the signed text.
	Text string
	// Status says how the exchange ended.
	Status transcriptv1.SealStatus
	// ResponseID and ReceiptID name the exchange.
	ResponseID, ReceiptID string
	// ECDSA and Ed25519 are the signatures.
	ECDSA, Ed25519 *transcriptv1.Signature
	// ECDSAAddress is the Ethereum address of the ECDSA key, lower case with 0x.
	ECDSAAddress string
	// Ed25519PublicKey is the Ed25519 key.
	Ed25519PublicKey []byte
	// Expires says when the gateway forgets the signature; zero if it does not say.
	Expires time.Time
}

// GetSignature returns both signatures of one answer, REST or native, verified. The id is a response id or a receipt id;
// the model is the one the exchange was made with, and empty for the gateway's own.
func (c *Client) GetSignature(ctx context.Context, id, model string) (*VerifiedSignature, error) {
	if id == "" {
		return nil, fault.New(fault.InputInvalid, "no id was given; pass a response id or a receipt id")
	}
	keyset, err := c.keyring.get(ctx)
	if err != nil {
		return nil, err
	}
	response, err := c.signature.GetSignature(ctx, &signaturev1.GetSignatureRequest{Id: id, Model: model})
	if err != nil {
		return nil, callError(ctx, err)
	}
	if err := verifyStored(response, id, keyset, c.options.now()); err != nil {
		c.keyring.review(err)
		return nil, err
	}
	verified := &VerifiedSignature{
		Text:             response.GetText(),
		Status:           response.GetStatus(),
		ResponseID:       response.GetResponseId(),
		ReceiptID:        response.GetReceiptId(),
		ECDSA:            response.GetEcdsa(),
		Ed25519:          response.GetEd25519(),
		ECDSAAddress:     response.GetEcdsaAddress(),
		Ed25519PublicKey: response.GetEd25519PublicKey(),
	}
	if response.GetExpires().IsValid() {
		verified.Expires = response.GetExpires().AsTime()
	}
	return verified, nil
}

func verifyStored(stored *signaturev1.GetSignatureResponse, id string, keyset *signing.Keyset, now time.Time) error {
	statusName, role, ok := readSignedText(stored.GetText())
	if !ok {
		return fault.New(fault.SignatureText, "the signed text has none of the known forms")
	}
	if stored.GetEcdsa() == nil {
		return fault.New(fault.SignatureECDSA, "there is no ECDSA signature")
	}
	ecdsaKey, err := keyset.Find(stored.GetEcdsa().GetKeyId(), role, attestationv1.KeyAlgorithm_KEY_ALGORITHM_SECP256K1, now)
	if err != nil {
		return err
	}
	if !signing.VerifyECDSA(stored.GetEcdsa().GetValue(), stored.GetText(), ecdsaKey) {
		return fault.New(fault.SignatureECDSA, "the ECDSA signature does not verify")
	}
	if stored.GetEd25519() == nil {
		return fault.New(fault.SignatureEd25519, "there is no Ed25519 signature")
	}
	ed25519Key, err := keyset.Find(stored.GetEd25519().GetKeyId(), role, attestationv1.KeyAlgorithm_KEY_ALGORITHM_ED25519, now)
	if err != nil {
		return err
	}
	if !signing.VerifyEd25519(stored.GetEd25519().GetValue(), stored.GetText(), ed25519Key) {
		return fault.New(fault.SignatureEd25519, "the Ed25519 signature does not verify")
	}
	address, _ := signing.EthereumAddress(ecdsaKey) // a parsed keyset holds valid keys only
	statusOf, _ := transcript.StatusName(stored.GetStatus())
	switch {
	case !strings.EqualFold(stored.GetEcdsaAddress(), address):
		return fault.New(fault.SignatureField, "the address is not that of the ECDSA key")
	case !bytes.Equal(stored.GetEd25519PublicKey(), ed25519Key):
		return fault.New(fault.SignatureField, "the public key is not that of the Ed25519 signature")
	case statusOf != statusName:
		return fault.New(fault.SignatureField, "the status is not that of the signed text")
	case id != stored.GetResponseId() && id != stored.GetReceiptId():
		return fault.New(fault.SignatureField, "the signature is that of another id than the one asked for")
	}
	return nil
}

// readSignedText tells how the exchange ended and with which keys its text has to be signed.
func readSignedText(text string) (statusName string, role attestationv1.KeyRole, ok bool) {
	if parsed, ok := signing.ParseResponseText(text); ok {
		if parsed.Form == signing.IncompleteResponse {
			return parsed.Status, attestationv1.KeyRole_KEY_ROLE_RESPONSE, true
		}
		return "complete", attestationv1.KeyRole_KEY_ROLE_RESPONSE, true
	}
	parsed, ok := transcript.ParseSealText(text)
	return parsed.StatusName, attestationv1.KeyRole_KEY_ROLE_STREAM, ok
}
