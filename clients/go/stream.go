package countersign

import (
	"context"
	"errors"
	"iter"
	"net/http"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/transcript"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// Stream is an answer that is verified while it arrives. Every chunk it yields has the right place and hash; that the
// answer is whole is only known when the stream has ended without error.
//
//	for stream.Receive() {
//		use(stream.Chunk())
//	}
//	if err := stream.Err(); err != nil { ... }
//	stream.Sealed() // what the seal proves
//
// A stream is not safe for concurrent use. Call Close when done with it, early or not.
type Stream[C proto.Message] struct {
	source   eventSource
	newChunk func() C
	ctx      context.Context
	cancel   context.CancelFunc
	keyring  *keyring
	verifier *transcript.Verifier

	chunk    C
	sealed   *transcript.Sealed
	err      error
	hasEnded bool
}

// eventSource is the part of a connect stream that does not depend on the message type.
type eventSource interface {
	Receive() bool
	Err() error
	Close() error
	ResponseHeader() http.Header
	ResponseTrailer() http.Header
	event() transcript.Event
}

// connectSource adapts the connect stream of one method.
type connectSource[M any, P interface {
	*M
	transcript.Event
}] struct {
	*connect.ServerStreamForClient[M]
}

func (s connectSource[M, P]) event() transcript.Event { return P(s.Msg()) }

func newStream[C proto.Message](
	ctx context.Context, cancel context.CancelFunc, c *Client, e *exchange, source eventSource, newChunk func() C,
) *Stream[C] {
	return &Stream[C]{
		source:   source,
		newChunk: newChunk,
		ctx:      ctx,
		cancel:   cancel,
		keyring:  c.keyring,
		verifier: e.verifier,
	}
}

// Receive waits for the next chunk. It returns false when the stream has ended; Err then tells whether it ended well.
func (s *Stream[C]) Receive() bool {
	for !s.hasEnded {
		if !s.source.Receive() {
			s.end(s.source.Err())
			return false
		}
		payload, err := s.verifier.Message(s.source.event())
		if err != nil {
			s.stop(err)
			return false
		}
		if !s.isChunk() {
			continue
		}
		// Only now is the payload decoded: its place and its hash have been verified.
		chunk := s.newChunk()
		if err := proto.Unmarshal(payload, chunk); err != nil {
			s.stop(s.verifier.Fail(fault.Wrap(fault.MessageMalformed, "a verified chunk is not a serialised message", err)))
			return false
		}
		s.chunk = chunk
		return true
	}
	return false
}

// Chunk returns the chunk that the last call of Receive waited for. It is the caller's.
func (s *Stream[C]) Chunk() C { return s.chunk }

// Err returns nil while the stream runs and after it ended with a valid seal of a complete answer; else what went wrong.
func (s *Stream[C]) Err() error { return s.err }

// Sealed returns what the seal proves, once the stream has ended and its seal was verified, else nil. It is there for an
// incomplete answer too, for which Err is an [IncompleteError].
func (s *Stream[C]) Sealed() *transcript.Sealed { return s.sealed }

// IsPinned reports whether the caller vouched for the keys, by pin or by bytes. If not, the seal proves that one gateway
// made the answer, and not which.
func (s *Stream[C]) IsPinned() bool { return !s.keyring.trust.unattested }

// Accepted returns the first message of the stream, or nil before it was verified.
func (s *Stream[C]) Accepted() *transcriptv1.Accepted { return s.verifier.Accepted() }

// Checkpointed returns the number of chunks that the last verified checkpoint covers.
func (s *Stream[C]) Checkpointed() uint64 { return s.verifier.Checkpointed() }

// ResponseHeader returns the response headers. It waits for them. They are not signed.
func (s *Stream[C]) ResponseHeader() http.Header { return s.source.ResponseHeader() }

// ResponseTrailer returns the trailers, once the stream has ended. They are not signed.
func (s *Stream[C]) ResponseTrailer() http.Header { return s.source.ResponseTrailer() }

// Close cancels the call if it still runs and releases its connection. It may be called more than once.
func (s *Stream[C]) Close() error {
	if !s.hasEnded {
		s.stop(fault.New(fault.CallCancelled, "the stream was closed before its end, so nothing proves that it was whole"))
	}
	return nil
}

// All iterates over the chunks. If the stream fails, the last pair holds the error. Leaving the loop closes the stream.
func (s *Stream[C]) All() iter.Seq2[C, error] {
	return func(yield func(C, error) bool) {
		defer s.Close()
		for s.Receive() {
			if !yield(s.chunk, nil) {
				return
			}
		}
		if s.err != nil {
			var none C
			yield(none, s.err)
		}
	}
}

func (s *Stream[C]) isChunk() bool { return s.source.event().GetChunk() != nil }

// end judges the end of the stream as the transport reports it.
func (s *Stream[C]) end(transportErr error) {
	sealed := s.verifier.Sealed()
	isComplete := sealed != nil && sealed.Status == transcriptv1.SealStatus_SEAL_STATUS_COMPLETE
	if transportErr != nil && (sealed == nil || isComplete) {
		s.stop(s.verifier.Fail(callError(s.ctx, transportErr)))
		return
	}
	_, err := s.verifier.End()
	// An incomplete answer may end with an error of the call, too. The seal says more, and is signed.
	var incomplete *transcript.IncompleteError
	if transportErr != nil && errors.As(err, &incomplete) {
		incomplete.Cause = callError(s.ctx, transportErr)
	}
	s.stop(err)
}

// stop ends the stream and cancels the call first: closing alone would read what is left of it.
func (s *Stream[C]) stop(err error) {
	s.hasEnded = true
	s.err = err
	s.sealed = s.verifier.Sealed()
	s.keyring.review(err)
	s.cancel()
	// The call is over; whatever closing still reports about it is no news.
	_ = s.source.Close()
}
