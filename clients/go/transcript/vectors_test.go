package transcript_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/internal/vectors"
	"countersign.dev/countersign/clients/go/signing"
	"countersign.dev/countersign/clients/go/transcript"
	inferencev1 "countersign.dev/countersign/gen/go/countersign/inference/v1"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

func TestHashesAndTexts(t *testing.T) {
	t.Parallel()
	for _, vector := range load(t).Transcripts {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			q := transcript.RequestDigest(vector.Call.RequestPayload)
			same(t, "request digest", q[:], vector.RequestDigest)
			chain := transcript.NewRunningHash(q)
			initial := chain.Value()
			same(t, "initial hash", initial[:], vector.InitialHash)
			if len(vector.Payloads) != len(vector.RunningHashes) {
				t.Fatalf("%d payloads, %d hashes", len(vector.Payloads), len(vector.RunningHashes))
			}
			for index, payload := range vector.Payloads {
				peeked, absorbed := chain.Peek(payload), chain.Absorb(payload)
				same(t, "running hash", absorbed[:], vector.RunningHashes[index])
				same(t, "peeked hash", peeked[:], vector.RunningHashes[index])
			}
			body := chain.BodyDigest()
			same(t, "body digest", body[:], vector.BodyDigest)
			text := transcript.SealText(vector.Status, q, chain.Count(), chain.Value(), vector.Metadata)
			if text != vector.SignedText {
				t.Errorf("text %q, want %q", text, vector.SignedText)
			}
			digest := signing.EIP191Digest(text)
			same(t, "EIP-191 digest", digest[:], vector.EIP191Digest)
		})
	}
}

func TestHonestStreams(t *testing.T) {
	t.Parallel()
	file := load(t)
	for _, vector := range file.Transcripts {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			payloads, sealed, err := follow(t, file, vector.Call, file.Keyset, vector.Messages)
			checkCode(t, err, vector.Code)
			if len(payloads) != len(vector.Payloads) {
				t.Fatalf("%d chunks, want %d", len(payloads), len(vector.Payloads))
			}
			for index, payload := range payloads {
				same(t, "payload", payload, vector.Payloads[index])
			}
			var incomplete *transcript.IncompleteError
			if errors.As(err, &incomplete) {
				sealed = incomplete.Sealed
			}
			if sealed == nil || sealed.StatusName() != vector.Status || sealed.Text != vector.SignedText {
				t.Errorf("seal %+v", sealed)
			}
		})
	}
}

func TestDishonestStreams(t *testing.T) {
	t.Parallel()
	file := load(t)
	if len(file.Negatives) == 0 {
		t.Fatal("no vectors")
	}
	for _, vector := range file.Negatives {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			payloads, _, err := follow(t, file, vector.Call, vector.Keyset, vector.Messages)
			checkCode(t, err, &vector.Code)
			if len(payloads) != vector.VerifiedChunks {
				t.Errorf("%d chunks handed out, want %d", len(payloads), vector.VerifiedChunks)
			}
		})
	}
}

func TestUnaryAnswers(t *testing.T) {
	t.Parallel()
	file := load(t)
	if len(file.Unary) == 0 {
		t.Fatal("no vectors")
	}
	for _, vector := range file.Unary {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			response := new(inferencev1.ChatResponse)
			if err := proto.Unmarshal(vector.Response, response); err != nil {
				t.Fatal(err)
			}
			verifier := newVerifier(t, file, vector.Call, file.Keyset)
			_, err := verifier.Unary(response.GetPayload(), response.GetSeal())
			if err == nil && proto.Unmarshal(response.GetPayload(), new(inferencev1.ChatResult)) != nil {
				err = fault.New(fault.MessageMalformed, "payload")
			}
			checkCode(t, err, vector.Code)
		})
	}
}

func TestTheFirstFailureEndsTheVerification(t *testing.T) {
	t.Parallel()
	file := load(t)
	vector := file.Negatives[indexOf(t, file, "one bit of a payload altered")]
	verifier := newVerifier(t, file, vector.Call, vector.Keyset)
	var first error
	for _, message := range vector.Messages {
		_, err := verifier.Message(decode(t, message))
		if first == nil {
			first = err
		} else if !errors.Is(err, first) {
			t.Errorf("after %v came %v", first, err)
		}
	}
	if first == nil {
		t.Fatal("nothing failed")
	}
	// What should have come instead comes too late.
	for _, message := range file.Transcripts[indexOfHonest(t, file, "three chunks")].Messages[2:] {
		if _, err := verifier.Message(decode(t, message)); !errors.Is(err, first) {
			t.Errorf("after %v came %v", first, err)
		}
	}
	if _, err := verifier.End(); !errors.Is(err, first) {
		t.Errorf("after %v came %v", first, err)
	}
	if _, err := verifier.Unary(nil, new(transcriptv1.Seal)); !errors.Is(err, first) {
		t.Errorf("after %v came %v", first, err)
	}
}

func TestCheckpointedCountsOnlyVerifiedCheckpoints(t *testing.T) {
	t.Parallel()
	file := load(t)
	vector := file.Negatives[indexOf(t, file, "cut off after a checkpoint")]
	verifier := newVerifier(t, file, vector.Call, vector.Keyset)
	for _, message := range vector.Messages {
		event := decode(t, message)
		before := verifier.Checkpointed()
		if _, err := verifier.Message(event); err != nil {
			t.Fatal(err)
		}
		if event.GetCheckpoint() == nil && verifier.Checkpointed() != before {
			t.Error("something that is no checkpoint counted as one")
		}
	}
	if got := verifier.Checkpointed(); got != 2 {
		t.Errorf("checkpointed %d, want 2", got)
	}
}

// FuzzVerifier gives the verifier any sequence of messages. Whatever arrives, it must not fail otherwise than with a code,
// and must not report success unless the messages are those of the honest stream.
func FuzzVerifier(f *testing.F) {
	file := load(f)
	honest := file.Transcripts[2]
	f.Add(join(honest.Messages))
	for _, vector := range file.Negatives {
		// Those are signed by the gateway, and refused only where a payload or the metadata is decoded.
		if vector.Code != string(fault.MessageMalformed) {
			f.Add(join(vector.Messages))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		verifier := newVerifier(t, file, honest.Call, file.Keyset)
		var payloads [][]byte
		for _, message := range split(data) {
			event := new(inferencev1.StreamChatResponse)
			if proto.Unmarshal(message, event) != nil {
				return
			}
			payload, err := verifier.Message(event)
			if err != nil {
				if fault.CodeOf(err) == "" {
					t.Fatalf("an error without a code: %v", err)
				}
				return
			}
			if event.GetChunk() != nil {
				payloads = append(payloads, payload)
			}
		}
		if _, err := verifier.End(); err != nil {
			return
		}
		if len(payloads) != len(honest.Payloads) {
			t.Fatalf("success with %d chunks", len(payloads))
		}
		for index, payload := range payloads {
			if !bytes.Equal(payload, honest.Payloads[index]) {
				t.Fatalf("success with another chunk %d", index+1)
			}
		}
	})
}

func load(tb testing.TB) *vectors.TranscriptFile {
	tb.Helper()
	return vectors.Load[vectors.TranscriptFile](tb, "transcript.json")
}

func newVerifier(tb testing.TB, file *vectors.TranscriptFile, call vectors.Call, serialised []byte) *transcript.Verifier {
	tb.Helper()
	keyset, err := signing.ParseKeyset(serialised)
	if err != nil {
		tb.Fatal(err)
	}
	expected := transcript.Expectation{
		RequestDigest: transcript.RequestDigest(call.RequestPayload),
		Method:        call.Method,
		Model:         call.Model,
		Keyset:        keyset,
		Now:           func() time.Time { return time.UnixMilli(file.VerifyAtUnixMs) },
	}
	if call.Constraints != nil {
		expected.Constraints = new(transcriptv1.Constraints)
		if err := proto.Unmarshal(*call.Constraints, expected.Constraints); err != nil {
			tb.Fatal(err)
		}
	}
	return transcript.NewVerifier(expected)
}

// follow does what a client does with a stream.
func follow(
	t *testing.T, file *vectors.TranscriptFile, call vectors.Call, keyset []byte, messages []vectors.Hex,
) (payloads [][]byte, sealed *transcript.Sealed, err error) {
	t.Helper()
	verifier := newVerifier(t, file, call, keyset)
	for _, message := range messages {
		event := new(inferencev1.StreamChatResponse)
		if err := proto.Unmarshal(message, event); err != nil {
			return payloads, nil, fault.Wrap(fault.MessageMalformed, "message", err)
		}
		payload, err := verifier.Message(event)
		if err != nil {
			return payloads, nil, err
		}
		if event.GetChunk() != nil {
			if err := proto.Unmarshal(payload, new(inferencev1.ChatChunk)); err != nil {
				return payloads, nil, fault.Wrap(fault.MessageMalformed, "payload", err)
			}
			payloads = append(payloads, payload)
		}
	}
	sealed, err = verifier.End()
	return payloads, sealed, err
}

func decode(t *testing.T, message []byte) *inferencev1.StreamChatResponse {
	t.Helper()
	event := new(inferencev1.StreamChatResponse)
	if err := proto.Unmarshal(message, event); err != nil {
		t.Fatal(err)
	}
	return event
}

func indexOf(t *testing.T, file *vectors.TranscriptFile, name string) int {
	t.Helper()
	for index, vector := range file.Negatives {
		if vector.Name == name {
			return index
		}
	}
	t.Fatalf("no vector is called %q", name)
	return 0
}

func indexOfHonest(t *testing.T, file *vectors.TranscriptFile, name string) int {
	t.Helper()
	for index, vector := range file.Transcripts {
		if vector.Name == name {
			return index
		}
	}
	t.Fatalf("no vector is called %q", name)
	return 0
}

func checkCode(t *testing.T, err error, want *string) {
	t.Helper()
	switch {
	case want == nil && err != nil:
		t.Errorf("failed: %v", err)
	case want != nil && string(fault.CodeOf(err)) != *want:
		t.Errorf("%v, want %s", err, *want)
	}
}

func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s %x, want %x", what, got, want)
	}
}

// join and split frame messages for the fuzzer: two bytes of length, then the message.
func join(messages []vectors.Hex) []byte {
	var data []byte
	for _, message := range messages {
		data = append(data, byte(len(message)>>8), byte(len(message)))
		data = append(data, message...)
	}
	return data
}

func split(data []byte) [][]byte {
	var messages [][]byte
	for len(data) >= 2 {
		length := min(int(data[0])<<8|int(data[1]), len(data)-2)
		messages = append(messages, data[2:2+length])
		data = data[2+length:]
	}
	return messages
}
