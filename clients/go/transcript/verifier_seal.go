package transcript

import (
	"google.golang.org/protobuf/proto"

	"countersign.dev/countersign/clients/go/fault"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// seal reads as the list of checks of the normative text. Nothing in metadata is decoded before both signatures over it
// have been verified.
func (v *Verifier) seal(seal *transcriptv1.Seal) error {
	statusName, isKnown := StatusName(seal.GetStatus())
	count, value := v.chain.Count(), v.chain.Value()
	switch {
	case !isKnown:
		return fault.New(fault.SealStatus, "the seal has a status this client does not know")
	case seal.GetChunkCount() != count:
		return fault.Newf(fault.SealCount, "the seal counts %d chunks, %d arrived", seal.GetChunkCount(), count)
	case !equal(seal.GetRequestDigest(), v.expected.RequestDigest):
		return fault.New(fault.SealRequest, "the seal is that of another request than the one sent")
	case !equal(seal.GetFinalHash(), value):
		return fault.New(fault.SealHash, "the seal's final hash does not fit what arrived")
	}
	text := SealText(statusName, v.expected.RequestDigest, count, value, seal.GetMetadata())
	if seal.GetSignedText() != text {
		return fault.New(fault.SealText, "the seal's signed text is not the one that follows from what was sent and received")
	}
	if err := v.ecdsa(seal.GetEcdsa(), text); err != nil {
		return err
	}
	if seal.GetEd25519() == nil {
		return fault.New(fault.SealEd25519, "the seal has no Ed25519 signature")
	}
	if err := v.ed25519(seal.GetEd25519(), text, fault.SealEd25519); err != nil {
		return err
	}
	metadata := new(transcriptv1.SealMetadata)
	if err := proto.Unmarshal(seal.GetMetadata(), metadata); err != nil {
		return fault.Wrap(fault.MessageMalformed, "the seal's metadata is not a serialised message", err)
	}
	body := v.chain.BodyDigest()
	if !equal(metadata.GetBodyDigest(), body) {
		return fault.New(fault.SealBody, "the seal's body digest does not fit what arrived")
	}
	if field := v.differingField(seal.GetStatus(), metadata); field != "" {
		return fault.Newf(fault.SealField, "the seal's %s is not what this client knows", field)
	}
	v.sealed = &Sealed{
		Status:        seal.GetStatus(),
		ChunkCount:    count,
		RequestDigest: v.expected.RequestDigest,
		FinalHash:     value,
		BodyDigest:    body,
		Metadata:      metadata,
		Text:          text,
		ECDSA:         seal.GetEcdsa(),
		Ed25519:       seal.GetEd25519(),
	}
	return nil
}

// differingField names the first field of the metadata that is not what this client knows, or is empty.
func (v *Verifier) differingField(status transcriptv1.SealStatus, metadata *transcriptv1.SealMetadata) string {
	isComplete := status == transcriptv1.SealStatus_SEAL_STATUS_COMPLETE
	switch {
	case metadata.GetMethod() != v.expected.Method:
		return "method"
	case metadata.GetModel() != v.expected.Model:
		return "model"
	case !v.knowsModelDigest(metadata.GetModelDigest()):
		return "model digest"
	case !v.knowsReceipt(metadata.GetReceiptId()):
		return "receipt id"
	case metadata.GetRequestForm() != transcriptv1.RequestForm_REQUEST_FORM_PAYLOAD:
		return "request form"
	case !equal(metadata.GetKeysetDigest(), v.expected.Keyset.Digest()):
		return "keyset digest"
	case !sameConstraints(metadata.GetConstraints(), v.expected.Constraints):
		return "constraints"
	case isComplete && metadata.GetFailureReason() != "":
		return "failure reason"
	}
	return ""
}

// knowsModelDigest compares with `accepted`; a unary call has no such message, so the same rules apply directly.
func (v *Verifier) knowsModelDigest(digest *transcriptv1.ModelDigest) bool {
	if v.accepted != nil {
		return sameModelDigest(digest, v.accepted.GetModelDigest())
	}
	return isModelDigest(digest) && satisfies(digest, v.expected.Constraints)
}

func (v *Verifier) knowsReceipt(id string) bool {
	if v.accepted != nil {
		return id == v.accepted.GetReceiptId()
	}
	return id != ""
}
