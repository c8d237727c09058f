package countersign

import (
	"context"

	inferencev1 "countersign.dev/countersign/gen/go/countersign/inference/v1"
	"countersign.dev/countersign/gen/go/countersign/inference/v1/inferencev1connect"
)

// Chat asks for one chat answer and returns it verified.
func (c *Client) Chat(
	ctx context.Context, model string, input *inferencev1.ChatInput, opts ...CallOption,
) (*Answer[*inferencev1.ChatResult], error) {
	e, err := c.begin(ctx, inferencev1connect.InferenceServiceChatProcedure, model, input, opts)
	if err != nil {
		return nil, err
	}
	response, err := c.inference.Chat(ctx, &inferencev1.ChatRequest{
		Model: e.model, Constraints: e.constraints, Proof: e.proof,
		Input: &inferencev1.ChatRequest_Payload{Payload: e.payload},
	})
	return answer(ctx, c, e, response, err, new(inferencev1.ChatResult))
}

// StreamChat asks for a chat answer as it is generated. The stream ends with ctx; close it when done with it.
func (c *Client) StreamChat(
	ctx context.Context, model string, input *inferencev1.ChatInput, opts ...CallOption,
) (*Stream[*inferencev1.ChatChunk], error) {
	e, err := c.begin(ctx, inferencev1connect.InferenceServiceStreamChatProcedure, model, input, opts)
	if err != nil {
		return nil, err
	}
	callCtx, cancel := context.WithCancel(ctx)
	stream, err := c.inference.StreamChat(callCtx, &inferencev1.StreamChatRequest{
		Model: e.model, Constraints: e.constraints, Proof: e.proof,
		Input: &inferencev1.StreamChatRequest_Payload{Payload: e.payload},
	})
	if err != nil {
		cancel()
		return nil, callError(ctx, err)
	}
	source := connectSource[inferencev1.StreamChatResponse, *inferencev1.StreamChatResponse]{stream}
	return newStream(ctx, cancel, c, e, source, func() *inferencev1.ChatChunk { return new(inferencev1.ChatChunk) }), nil
}
