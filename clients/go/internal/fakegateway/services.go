package fakegateway

import (
	"context"
	"errors"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"

	attestationv1 "countersign.dev/countersign/gen/go/countersign/attestation/v1"
	"countersign.dev/countersign/gen/go/countersign/attestation/v1/attestationv1connect"
	inferencev1 "countersign.dev/countersign/gen/go/countersign/inference/v1"
	"countersign.dev/countersign/gen/go/countersign/inference/v1/inferencev1connect"
	signaturev1 "countersign.dev/countersign/gen/go/countersign/signature/v1"
	"countersign.dev/countersign/gen/go/countersign/signature/v1/signaturev1connect"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

const (
	complete = transcriptv1.SealStatus_SEAL_STATUS_COMPLETE
	failed   = transcriptv1.SealStatus_SEAL_STATUS_UPSTREAM_FAILED
)

type attestation struct {
	attestationv1connect.UnimplementedAttestationServiceHandler
	gateway *Gateway
}

func (a *attestation) GetKeyset(context.Context, *attestationv1.GetKeysetRequest) (*attestationv1.GetKeysetResponse, error) {
	a.gateway.mu.Lock()
	defer a.gateway.mu.Unlock()
	a.gateway.fetches++
	return &attestationv1.GetKeysetResponse{Keyset: a.gateway.keyset}, nil
}

type signatures struct {
	signaturev1connect.UnimplementedSignatureServiceHandler
	gateway *Gateway
}

func (s *signatures) GetSignature(
	_ context.Context, r *signaturev1.GetSignatureRequest,
) (*signaturev1.GetSignatureResponse, error) {
	stored, ok := s.gateway.lookUp(r.GetId())
	if !ok {
		return nil, connect.NewError(connect.CodeNotFound, errors.New("no such signature"))
	}
	if s.gateway.TamperStored != nil {
		s.gateway.TamperStored(stored)
	}
	return stored, nil
}

type inference struct {
	inferencev1connect.UnimplementedInferenceServiceHandler
	gateway *Gateway
}

func (i *inference) ListModels(context.Context, *inferencev1.ListModelsRequest) (*inferencev1.ListModelsResponse, error) {
	return &inferencev1.ListModelsResponse{Models: []*inferencev1.Model{{Name: Model}, {Name: FailingModel}, {Name: EndlessModel}}}, nil
}

func (i *inference) Chat(ctx context.Context, r *inferencev1.ChatRequest) (*inferencev1.ChatResponse, error) {
	input := new(inferencev1.ChatInput)
	if err := i.open(ctx, r, input); err != nil {
		return nil, err
	}
	e := i.gateway.newExchange(inferencev1connect.InferenceServiceChatProcedure, r)
	if r.GetModel() == FailingModel {
		return &inferencev1.ChatResponse{Seal: e.seal(failed)}, nil
	}
	text := &inferencev1.ContentPart{Part: &inferencev1.ContentPart_Text{Text: strings.Join(words(input), "")}}
	chunk := e.chunk(&inferencev1.ChatResult{Choices: []*inferencev1.ChatChoice{{
		Message:      &inferencev1.Message{Role: inferencev1.Role_ROLE_ASSISTANT, Content: []*inferencev1.ContentPart{text}},
		FinishReason: "stop",
	}}})
	return &inferencev1.ChatResponse{Payload: chunk.GetPayload(), Seal: e.seal(complete)}, nil
}

func (i *inference) StreamChat(
	ctx context.Context, r *inferencev1.StreamChatRequest, stream *connect.ServerStream[inferencev1.StreamChatResponse],
) error {
	input := new(inferencev1.ChatInput)
	if err := i.open(ctx, r, input); err != nil {
		return err
	}
	e := i.gateway.newExchange(inferencev1connect.InferenceServiceStreamChatProcedure, r)
	if err := stream.Send(&inferencev1.StreamChatResponse{Event: &inferencev1.StreamChatResponse_Accepted{Accepted: e.accepted}}); err != nil {
		return err
	}
	send := func(word string) error {
		chunk := e.chunk(&inferencev1.ChatChunk{Deltas: []*inferencev1.ChatDelta{{Content: word}}})
		return stream.Send(&inferencev1.StreamChatResponse{Event: &inferencev1.StreamChatResponse_Chunk{Chunk: chunk}})
	}
	for r.GetModel() == EndlessModel {
		if err := send("again "); err != nil || ctx.Err() != nil {
			i.gateway.Cancelled <- struct{}{}
			return ctx.Err()
		}
	}
	status := complete
	for index, word := range words(input) {
		if r.GetModel() == FailingModel && index == 2 {
			status = failed
			break
		}
		if err := send(word); err != nil {
			return err
		}
		if every := r.GetProof().GetCheckpointChunks(); every != 0 && e.chain.Count()%uint64(every) == 0 {
			if err := stream.Send(&inferencev1.StreamChatResponse{Event: &inferencev1.StreamChatResponse_Checkpoint{Checkpoint: e.checkpoint()}}); err != nil {
				return err
			}
		}
	}
	if err := stream.Send(&inferencev1.StreamChatResponse{Event: &inferencev1.StreamChatResponse_Seal{Seal: e.seal(status)}}); err != nil {
		return err
	}
	if status == failed {
		return connect.NewError(connect.CodeUnavailable, errors.New("the engine failed"))
	}
	return nil
}

func (i *inference) Complete(ctx context.Context, r *inferencev1.CompleteRequest) (*inferencev1.CompleteResponse, error) {
	input := new(inferencev1.CompletionInput)
	if err := i.open(ctx, r, input); err != nil {
		return nil, err
	}
	e := i.gateway.newExchange(inferencev1connect.InferenceServiceCompleteProcedure, r)
	chunk := e.chunk(&inferencev1.CompletionResult{Choices: []*inferencev1.CompletionDelta{{Text: input.GetPrompts()[0].GetText()}}})
	return &inferencev1.CompleteResponse{Payload: chunk.GetPayload(), Seal: e.seal(complete)}, nil
}

func (i *inference) StreamComplete(
	ctx context.Context, r *inferencev1.StreamCompleteRequest, stream *connect.ServerStream[inferencev1.StreamCompleteResponse],
) error {
	input := new(inferencev1.CompletionInput)
	if err := i.open(ctx, r, input); err != nil {
		return err
	}
	e := i.gateway.newExchange(inferencev1connect.InferenceServiceStreamCompleteProcedure, r)
	if err := stream.Send(&inferencev1.StreamCompleteResponse{Event: &inferencev1.StreamCompleteResponse_Accepted{Accepted: e.accepted}}); err != nil {
		return err
	}
	for _, word := range strings.SplitAfter(input.GetPrompts()[0].GetText(), " ") {
		chunk := e.chunk(&inferencev1.CompletionResult{Choices: []*inferencev1.CompletionDelta{{Text: word}}})
		if err := stream.Send(&inferencev1.StreamCompleteResponse{Event: &inferencev1.StreamCompleteResponse_Chunk{Chunk: chunk}}); err != nil {
			return err
		}
	}
	return stream.Send(&inferencev1.StreamCompleteResponse{Event: &inferencev1.StreamCompleteResponse_Seal{Seal: e.seal(complete)}})
}

func (i *inference) Embed(ctx context.Context, r *inferencev1.EmbedRequest) (*inferencev1.EmbedResponse, error) {
	input := new(inferencev1.EmbeddingInput)
	if err := i.open(ctx, r, input); err != nil {
		return nil, err
	}
	e := i.gateway.newExchange(inferencev1connect.InferenceServiceEmbedProcedure, r)
	result := new(inferencev1.EmbeddingResult)
	for index, text := range input.GetInputs() {
		result.Embeddings = append(result.Embeddings, &inferencev1.Embedding{Index: uint32(index), Values: []float32{float32(len(text.GetText()))}})
	}
	return &inferencev1.EmbedResponse{Payload: e.chunk(result).GetPayload(), Seal: e.seal(complete)}, nil
}

func (i *inference) Tokenize(ctx context.Context, r *inferencev1.TokenizeRequest) (*inferencev1.TokenizeResponse, error) {
	input := new(inferencev1.TokenizeInput)
	if err := i.open(ctx, r, input); err != nil {
		return nil, err
	}
	e := i.gateway.newExchange(inferencev1connect.InferenceServiceTokenizeProcedure, r)
	chunk := e.chunk(&inferencev1.TokenizeResult{Count: uint32(len(strings.Fields(input.GetText())))})
	return &inferencev1.TokenizeResponse{Payload: chunk.GetPayload(), Seal: e.seal(complete)}, nil
}

// open refuses unknown models and decodes the payload, as a gateway does before anything else.
func (i *inference) open(ctx context.Context, r request, input proto.Message) error {
	if info, ok := connect.CallInfoForHandlerContext(ctx); ok {
		info.ResponseHeader().Set(RequestIDHeader, "1")
		info.ResponseTrailer().Set(TrailerName, "1")
	}
	if name := r.GetModel(); name != Model && name != FailingModel && name != EndlessModel {
		err := connect.NewError(connect.CodeNotFound, errors.New("no such model"))
		if detail, detailErr := connect.NewErrorDetail(&errdetails.ErrorInfo{Domain: "countersign", Reason: "model_not_found"}); detailErr == nil {
			err.AddDetail(detail)
		}
		return err
	}
	return proto.Unmarshal(r.GetPayload(), input)
}

// words are those of the last message's first part, each with the blank that follows it.
func words(input *inferencev1.ChatInput) []string {
	messages := input.GetMessages()
	return strings.SplitAfter(messages[len(messages)-1].GetContent()[0].GetText(), " ")
}
