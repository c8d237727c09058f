package countersign

import (
	"context"

	"google.golang.org/protobuf/proto"

	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/transcript"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// Answer is a whole, verified answer.
type Answer[R proto.Message] struct {
	// Result is the answer.
	Result R
	// Sealed is what its seal proves.
	Sealed *transcript.Sealed
	// IsPinned says whether the caller vouched for the keys, by pin or by bytes. If not, the seal proves that one
	// gateway made the answer, and not which.
	IsPinned bool
}

// sealedResponse is the response of every unary method.
type sealedResponse interface {
	GetPayload() []byte
	GetSeal() *transcriptv1.Seal
}

// answer verifies a response and only then decodes its payload into result.
func answer[R proto.Message](
	ctx context.Context, c *Client, e *exchange, response sealedResponse, callErr error, result R,
) (*Answer[R], error) {
	if callErr != nil {
		return nil, callError(ctx, callErr)
	}
	sealed, err := e.verifier.Unary(response.GetPayload(), response.GetSeal())
	if err != nil {
		c.keyring.review(err)
		return nil, err
	}
	if err := proto.Unmarshal(response.GetPayload(), result); err != nil {
		return nil, fault.Wrap(fault.MessageMalformed, "the verified payload is not a serialised message", err)
	}
	return &Answer[R]{Result: result, Sealed: sealed, IsPinned: !c.keyring.trust.unattested}, nil
}
