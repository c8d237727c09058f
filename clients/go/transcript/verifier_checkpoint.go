package transcript

import (
	"countersign.dev/countersign/clients/go/fault"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

func (v *Verifier) checkpoint(checkpoint *transcriptv1.Checkpoint) error {
	sequence := v.chain.Count()
	switch {
	case checkpoint.GetSequence() != sequence:
		return fault.Newf(fault.CheckpointSequence, "a checkpoint of chunk %d came after chunk %d", checkpoint.GetSequence(), sequence)
	case !equal(checkpoint.GetRunningHash(), v.chain.Value()):
		return fault.Newf(fault.CheckpointHash, "the running hash of the checkpoint after chunk %d does not fit what arrived", sequence)
	case checkpoint.GetEd25519() == nil:
		return fault.Newf(fault.CheckpointSignature, "the checkpoint after chunk %d has no signature", sequence)
	}
	text := CheckpointText(v.expected.RequestDigest, sequence, v.chain.Value())
	if err := v.ed25519(checkpoint.GetEd25519(), text, fault.CheckpointSignature); err != nil {
		return err
	}
	v.checkpointed = sequence
	return nil
}
