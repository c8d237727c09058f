package countersign

import (
	"context"

	inferencev1 "countersign.dev/countersign/gen/go/countersign/inference/v1"
	"countersign.dev/countersign/gen/go/countersign/inference/v1/inferencev1connect"
)

// Embed asks for the vectors of texts and returns them verified.
func (c *Client) Embed(
	ctx context.Context, model string, input *inferencev1.EmbeddingInput, opts ...CallOption,
) (*Answer[*inferencev1.EmbeddingResult], error) {
	e, err := c.begin(ctx, inferencev1connect.InferenceServiceEmbedProcedure, model, input, opts)
	if err != nil {
		return nil, err
	}
	response, err := c.inference.Embed(ctx, &inferencev1.EmbedRequest{
		Model: e.model, Constraints: e.constraints, Proof: e.proof,
		Input: &inferencev1.EmbedRequest_Payload{Payload: e.payload},
	})
	return answer(ctx, c, e, response, err, new(inferencev1.EmbeddingResult))
}
