package countersign

import (
	"context"

	inferencev1 "countersign.dev/countersign/gen/go/countersign/inference/v1"
	"countersign.dev/countersign/gen/go/countersign/inference/v1/inferencev1connect"
)

// Tokenize asks for the token ids of a text or a conversation and returns them verified.
func (c *Client) Tokenize(
	ctx context.Context, model string, input *inferencev1.TokenizeInput, opts ...CallOption,
) (*Answer[*inferencev1.TokenizeResult], error) {
	e, err := c.begin(ctx, inferencev1connect.InferenceServiceTokenizeProcedure, model, input, opts)
	if err != nil {
		return nil, err
	}
	response, err := c.inference.Tokenize(ctx, &inferencev1.TokenizeRequest{
		Model: e.model, Constraints: e.constraints, Proof: e.proof,
		Input: &inferencev1.TokenizeRequest_Payload{Payload: e.payload},
	})
	return answer(ctx, c, e, response, err, new(inferencev1.TokenizeResult))
}
