package countersign

import (
	"context"

	inferencev1 "countersign.dev/countersign/gen/go/countersign/inference/v1"
)

// ListModels returns the models that can be asked for. The list is not signed: what served an answer is in its seal.
func (c *Client) ListModels(ctx context.Context) ([]*inferencev1.Model, error) {
	response, err := c.inference.ListModels(ctx, new(inferencev1.ListModelsRequest))
	if err != nil {
		return nil, callError(ctx, err)
	}
	return response.GetModels(), nil
}
