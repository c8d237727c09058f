package countersign

import (
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/internal/vectors"
	inferencev1 "countersign.dev/countersign/gen/go/countersign/inference/v1"
	"countersign.dev/countersign/gen/go/countersign/inference/v1/inferencev1connect"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// These tests put the shared vectors on a real connection and read them with the whole client.

func TestStreamsOfTheVectors(t *testing.T) {
	t.Parallel()
	file := vectors.Load[vectors.TranscriptFile](t, "transcript.json")
	for _, vector := range file.Transcripts {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			checkWireStream(t, file, vector.Call, file.Keyset, vector.Messages, vector.Code, len(vector.Payloads))
		})
	}
	for _, vector := range file.Negatives {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			checkWireStream(t, file, vector.Call, vector.Keyset, vector.Messages, &vector.Code, vector.VerifiedChunks)
		})
	}
}

func TestUnaryAnswersOfTheVectors(t *testing.T) {
	t.Parallel()
	file := vectors.Load[vectors.TranscriptFile](t, "transcript.json")
	for _, vector := range file.Unary {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			client, input, options := wireClient(t, file, vector.Call, file.Keyset, "application/proto", vector.Response)
			_, err := client.Chat(t.Context(), vector.Call.Model, input, options...)
			checkWireCode(t, err, vector.Code)
		})
	}
}

func checkWireStream(
	t *testing.T, file *vectors.TranscriptFile, call vectors.Call, keyset []byte, messages []vectors.Hex, code *string, chunks int,
) {
	t.Helper()
	var body []byte
	for _, message := range messages {
		body = append(body, envelope(0, message)...)
	}
	body = append(body, envelope(2, []byte("{}"))...) // the end of the stream
	client, input, options := wireClient(t, file, call, keyset, "application/connect+proto", body)
	stream, err := client.StreamChat(t.Context(), call.Model, input, options...)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	var received int
	for stream.Receive() {
		received++
	}
	checkWireCode(t, stream.Err(), code)
	if received != chunks {
		t.Errorf("%d chunks, want %d", received, chunks)
	}
	wantsSeal := code == nil || *code == string(fault.SealIncomplete) || *code == string(fault.StreamAfterSeal)
	if (stream.Sealed() != nil) != wantsSeal {
		t.Errorf("sealed %v", stream.Sealed())
	}
}

// wireClient makes a client of a server that answers every call with these bytes, and the input whose serialisation is
// that of the vector.
func wireClient(
	t *testing.T, file *vectors.TranscriptFile, call vectors.Call, keyset []byte, contentType string, answer []byte,
) (*Client, *inferencev1.ChatInput, []CallOption) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(answer)
	}))
	t.Cleanup(server.Close)
	client, err := NewClient(server.URL, "token", KeysetBytes(keyset))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	client.options.now = func() time.Time { return time.UnixMilli(file.VerifyAtUnixMs) }
	isKnown := call.Method == inferencev1connect.InferenceServiceStreamChatProcedure ||
		call.Method == inferencev1connect.InferenceServiceChatProcedure
	if !isKnown {
		t.Fatalf("the vector is one of %s", call.Method)
	}
	input := new(inferencev1.ChatInput)
	if err := proto.Unmarshal(call.RequestPayload, input); err != nil {
		t.Fatal(err)
	}
	if call.Constraints == nil {
		return client, input, nil
	}
	constraints := new(transcriptv1.Constraints)
	if err := proto.Unmarshal(*call.Constraints, constraints); err != nil {
		t.Fatal(err)
	}
	return client, input, []CallOption{WithConstraints(constraints)}
}

// envelope frames one message of a Connect stream.
func envelope(flags byte, message []byte) []byte {
	framed := binary.BigEndian.AppendUint32([]byte{flags}, uint32(len(message)))
	return append(framed, message...)
}

func checkWireCode(t *testing.T, err error, want *string) {
	t.Helper()
	switch {
	case want == nil && err != nil:
		t.Errorf("failed: %v", err)
	case want != nil && string(CodeOf(err)) != *want:
		t.Errorf("failed with %v, want %s", err, *want)
	}
}
