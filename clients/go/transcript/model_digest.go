package transcript

import (
	"google.golang.org/protobuf/proto"

	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// isModelDigest reports whether a model digest names a known kind and has the length the kind fixes.
func isModelDigest(digest *transcriptv1.ModelDigest) bool {
	switch digest.GetKind() {
	case transcriptv1.ModelDigestKind_MODEL_DIGEST_KIND_NONE:
		return len(digest.GetValue()) == 0
	case transcriptv1.ModelDigestKind_MODEL_DIGEST_KIND_VERITY,
		transcriptv1.ModelDigestKind_MODEL_DIGEST_KIND_FILE_MANIFEST,
		transcriptv1.ModelDigestKind_MODEL_DIGEST_KIND_INDEX,
		transcriptv1.ModelDigestKind_MODEL_DIGEST_KIND_STATIC:
		return len(digest.GetValue()) == len(Digest{})
	default:
		return false
	}
}

// satisfies reports whether a valid model digest is the one the constraints demand, if they demand one.
func satisfies(digest *transcriptv1.ModelDigest, constraints *transcriptv1.Constraints) bool {
	demanded := constraints.GetModelDigest()
	return demanded == nil || sameModelDigest(digest, demanded)
}

func sameModelDigest(left, right *transcriptv1.ModelDigest) bool {
	return left.GetKind() == right.GetKind() && string(left.GetValue()) == string(right.GetValue())
}

// sameConstraints compares what was sent with what the gateway says it received. An absent message equals an empty one.
func sameConstraints(left, right *transcriptv1.Constraints) bool {
	if left == nil {
		left = new(transcriptv1.Constraints)
	}
	if right == nil {
		right = new(transcriptv1.Constraints)
	}
	return proto.Equal(left, right)
}
