package transcript

import (
	"countersign.dev/countersign/clients/go/fault"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

func (v *Verifier) accept(accepted *transcriptv1.Accepted) error {
	keysetDigest := v.expected.Keyset.Digest()
	switch {
	case !equal(accepted.GetRequestDigest(), v.expected.RequestDigest):
		return fault.New(fault.TranscriptRequest, "the gateway accepted another request than the one sent")
	case !equal(accepted.GetKeysetDigest(), keysetDigest):
		return fault.New(fault.KeysetUntrusted, "the gateway signs with another keyset than the trusted one; verify the new one and trust it")
	case accepted.GetReceiptId() == "":
		return fault.New(fault.AcceptedField, "`accepted` names no receipt")
	case !isModelDigest(accepted.GetModelDigest()):
		return fault.New(fault.AcceptedField, "`accepted` has no valid model digest")
	case !satisfies(accepted.GetModelDigest(), v.expected.Constraints):
		return fault.New(fault.AcceptedField, "`accepted` has another model digest than the constraints demand")
	}
	v.accepted = accepted
	return nil
}
