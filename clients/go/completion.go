package countersign

import (
	"context"

	inferencev1 "countersign.dev/countersign/gen/go/countersign/inference/v1"
	"countersign.dev/countersign/gen/go/countersign/inference/v1/inferencev1connect"
)

// Complete asks for one text completion and returns it verified.
func (c *Client) Complete(
	ctx context.Context, model string, input *inferencev1.CompletionInput, opts ...CallOption,
) (*Answer[*inferencev1.CompletionResult], error) {
	e, err := c.begin(ctx, inferencev1connect.InferenceServiceCompleteProcedure, model, input, opts)
	if err != nil {
		return nil, err
	}
	response, err := c.inference.Complete(ctx, &inferencev1.CompleteRequest{
		Model: e.model, Constraints: e.constraints, Proof: e.proof,
		Input: &inferencev1.CompleteRequest_Payload{Payload: e.payload},
	})
	return answer(ctx, c, e, response, err, new(inferencev1.CompletionResult))
}

// StreamComplete asks for a text completion as it is generated. The stream ends with ctx; close it when done with it.
func (c *Client) StreamComplete(
	ctx context.Context, model string, input *inferencev1.CompletionInput, opts ...CallOption,
) (*Stream[*inferencev1.CompletionResult], error) {
	e, err := c.begin(ctx, inferencev1connect.InferenceServiceStreamCompleteProcedure, model, input, opts)
	if err != nil {
		return nil, err
	}
	callCtx, cancel := context.WithCancel(ctx)
	stream, err := c.inference.StreamComplete(callCtx, &inferencev1.StreamCompleteRequest{
		Model: e.model, Constraints: e.constraints, Proof: e.proof,
		Input: &inferencev1.StreamCompleteRequest_Payload{Payload: e.payload},
	})
	if err != nil {
		cancel()
		return nil, callError(ctx, err)
	}
	source := connectSource[inferencev1.StreamCompleteResponse, *inferencev1.StreamCompleteResponse]{stream}
	return newStream(ctx, cancel, c, e, source, func() *inferencev1.CompletionResult { return new(inferencev1.CompletionResult) }), nil
}
