package countersign

import (
	"crypto/sha256"
	"encoding/json"
	"hash"
	"io"

	"countersign.dev/countersign/clients/go/fault"
)

// wholeBody reads an answer to its end and verifies it before it gives out the first byte.
type wholeBody struct {
	source       io.ReadCloser
	verification *responseVerification
	limit        int64
	isVerified   bool
	rest         []byte
	err          error
}

func newWholeBody(source io.ReadCloser, verification *responseVerification, limit int64) io.ReadCloser {
	return &wholeBody{source: source, verification: verification, limit: limit}
}

func (b *wholeBody) Read(p []byte) (int, error) {
	if !b.isVerified && b.err == nil {
		b.rest, b.err = b.load()
		b.isVerified = b.err == nil
	}
	if b.err != nil {
		return 0, b.err
	}
	if len(b.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *wholeBody) Close() error { return b.source.Close() }

func (b *wholeBody) load() ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(b.source, b.limit+1))
	switch {
	case err != nil:
		return nil, truncated(b.verification, err)
	case int64(len(body)) > b.limit:
		return nil, fault.Newf(fault.ResponseTooLarge, "the answer is larger than %d bytes; WithMaxBodyBytes sets the limit", b.limit)
	}
	if err := b.verification.verify(responseID(body), sha256.Sum256(body), uint64(len(body))); err != nil {
		return nil, err
	}
	return body, nil
}

const (
	// eventReadBytes is how much of an event stream is read at a time.
	eventReadBytes = 16 << 10
	// maxHeldBytes bounds `[DONE]` and what follows it, which are held back.
	maxHeldBytes = 64 << 10
)

// eventStreamBody passes an event stream through up to `[DONE]`, and the rest after verification.
type eventStreamBody struct {
	source       io.ReadCloser
	verification *responseVerification
	digest       hash.Hash
	length       uint64
	gate         doneGate
	buffer       []byte
	ready        []byte
	hasEnded     bool
	err          error
}

func newEventStreamBody(source io.ReadCloser, verification *responseVerification) io.ReadCloser {
	return &eventStreamBody{
		source:       source,
		verification: verification,
		digest:       sha256.New(),
		gate:         doneGate{needsID: verification.receiptID == ""},
		buffer:       make([]byte, eventReadBytes),
	}
}

func (b *eventStreamBody) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(b.ready) == 0 {
		switch {
		case b.err != nil:
			return 0, b.err
		case b.hasEnded:
			return 0, io.EOF
		}
		b.advance()
	}
	n := copy(p, b.ready)
	b.ready = b.ready[n:]
	return n, nil
}

func (b *eventStreamBody) Close() error { return b.source.Close() }

// advance takes one read of the source. Bytes that came with an error come before it.
func (b *eventStreamBody) advance() {
	n, err := b.source.Read(b.buffer)
	arrived := b.buffer[:n]
	b.digest.Write(arrived)
	b.length += uint64(n)
	b.ready = b.gate.pass(arrived)
	switch {
	case len(b.gate.held) > maxHeldBytes:
		b.err = fault.Newf(fault.ResponseTooLarge, "more than %d bytes follow the end of the event stream", maxHeldBytes)
	case err == io.EOF:
		b.finish()
	case err != nil:
		b.err = truncated(b.verification, err)
	}
}

func (b *eventStreamBody) finish() {
	if !b.gate.isDone() {
		b.err = fault.New(fault.ResponseTruncated, "the event stream ended without [DONE]: it was cut off, and what arrived is not the whole answer")
		return
	}
	var digest [sha256.Size]byte
	b.digest.Sum(digest[:0])
	if err := b.verification.verify(b.gate.id, digest, b.length); err != nil {
		b.err = err
		return
	}
	b.ready = append(b.ready, b.gate.held...)
	b.gate.held = nil
	b.hasEnded = true
}

// responseID reads the id of a JSON answer or event, or is empty. What it reads is attacker-controlled: the id only says
// what to look up, and what is looked up has to fit the bytes.
func responseID(document []byte) string {
	var answer struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(document, &answer) != nil {
		return ""
	}
	return answer.ID
}

func truncated(verification *responseVerification, err error) error {
	if verification.ctx.Err() != nil {
		return restError(verification.ctx, "the answer broke off", err)
	}
	return fault.Wrap(fault.ResponseTruncated, "the answer broke off: "+printable(err.Error()), err)
}
