package h2

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"golang.org/x/net/http2/hpack"
)

type recorder struct {
	status  int
	grpc    string
	content []byte
	closed  int
	err     error
}

func (r *recorder) Header(h Header) {
	if h.Status != 0 {
		r.status = h.Status
	}
	if h.GRPCStatus != "" {
		r.grpc = h.GRPCStatus
	}
}
func (r *recorder) Content(b []byte) { r.content = append(r.content, b...) }
func (r *recorder) Closed(err error) { r.closed++; r.err = err }

func frame(kind, flags byte, id uint32, payload []byte) []byte {
	return append(appendFrameHeader(nil, len(payload), kind, flags, id), payload...)
}

func encode(encoder *hpack.Encoder, buffer *bytes.Buffer, fields ...string) []byte {
	buffer.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return bytes.Clone(buffer.Bytes())
}

// server is a scripted answer: settings, a padded header block in two frames, content in two frames, trailers.
func server() []byte {
	var buffer bytes.Buffer
	encoder := hpack.NewEncoder(&buffer)
	head := encode(encoder, &buffer, ":status", "200", "content-type", "application/grpc")
	tail := encode(encoder, &buffer, "grpc-status", "0")
	out := frame(frameSettings, 0, 0, nil)
	padded := append([]byte{3}, head[:4]...)
	out = append(out, frame(frameHeaders, flagPadded, 1, append(padded, 0, 0, 0))...)
	out = append(out, frame(frameContinuation, flagEndHeaders, 1, head[4:])...)
	out = append(out, frame(frameData, 0, 1, []byte("hello, "))...)
	out = append(out, frame(framePing, 0, 0, []byte("12345678"))...)
	out = append(out, frame(frameData, flagPadded, 1, append([]byte{2}, "world\x00\x00"...))...)
	return append(out, frame(frameHeaders, flagEndHeaders|flagEndStream, 1, tail)...)
}

func TestAnswerWhereverTheBytesAreCut(t *testing.T) {
	script := server()
	for cut := range script {
		c := NewConn()
		var r recorder
		c.Open(&r, Block(nil), []byte("body"))
		if err := errors.Join(c.Feed(script[:cut]), c.Feed(script[cut:])); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if r.status != 200 || r.grpc != "0" || string(r.content) != "hello, world" || r.closed != 1 || r.err != nil || c.Active() != 0 {
			t.Fatalf("cut at %d: %+v", cut, r)
		}
		if !bytes.Contains(c.Out, frame(framePing, flagAck, 0, []byte("12345678"))) {
			t.Fatalf("cut at %d: no answer to PING", cut)
		}
	}
}

// sent adds up what the connection has put into DATA frames, by stream.
func sent(t *testing.T, out []byte) map[uint32]int {
	t.Helper()
	out, ok := bytes.CutPrefix(out, []byte(preface))
	if !ok {
		t.Fatal("no preface")
	}
	sizes := map[uint32]int{}
	for len(out) > 0 {
		size := int(out[0])<<16 | int(out[1])<<8 | int(out[2])
		if id := binary.BigEndian.Uint32(out[5:]); out[3] == frameData {
			sizes[id] += size
		}
		out = out[frameHeaderSize+size:]
	}
	return sizes
}

func TestKeepsTheServersLimits(t *testing.T) {
	c := NewConn()
	settings := appendSetting(nil, settingMaxConcurrent, 2)
	if err := c.Feed(frame(frameSettings, 0, 0, settings)); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, 40_000)
	streams := make([]recorder, 3)
	for i := range streams {
		c.Open(&streams[i], Block(nil), body)
	}
	if got := sent(t, c.Out); got[1] != 40_000 || got[3] != 25_535 || len(got) != 2 {
		t.Fatalf("before any window update: %v", got)
	}
	if err := c.Feed(appendWindowUpdate(nil, 0, 100_000)); err != nil {
		t.Fatal(err)
	}
	if got := sent(t, c.Out); got[3] != 40_000 || got[5] != 0 {
		t.Fatalf("with a larger window, and two streams open: %v", got)
	}
	if err := c.Feed(frame(frameRSTStream, 0, 1, []byte{0, 0, 0, 8})); err != nil {
		t.Fatal(err)
	}
	if got := sent(t, c.Out); got[5] != 40_000 {
		t.Fatalf("after a stream has ended: %v", got)
	}
	if streams[0].err == nil || streams[1].closed != 0 {
		t.Errorf("a reset stream ends with %v", streams[0].err)
	}
	if err := c.Feed(frame(frameGoAway, 0, 0, make([]byte, 8))); !errors.Is(err, ErrGoAway) {
		t.Errorf("GOAWAY: %v", err)
	}
	c.Fail(ErrGoAway)
	if streams[1].closed != 1 || streams[2].closed != 1 || c.Active() != 0 {
		t.Error("streams outlive their connection")
	}
}

func TestBlockIsDecodable(t *testing.T) {
	long := string(bytes.Repeat([]byte("v"), 300))
	fields, err := hpack.NewDecoder(4096, nil).DecodeFull(Block([]Field{{":method", "POST"}, {"authorization", long}}))
	if err != nil || len(fields) != 2 || fields[0].Value != "POST" || fields[1].Value != long {
		t.Errorf("%v, %v", fields, err)
	}
}
