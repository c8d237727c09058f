package h2

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/net/http2/hpack"
)

// Stream receives one response. Exactly one of the last calls is Closed.
type Stream interface {
	// Header takes a header or trailer block.
	Header(h Header)
	// Content takes the content of a DATA frame.
	Content(b []byte)
	// Closed ends the response; nil is a regular end.
	Closed(err error)
}

const (
	frameData         = 0x0
	frameHeaders      = 0x1
	frameRSTStream    = 0x3
	frameSettings     = 0x4
	framePing         = 0x6
	frameGoAway       = 0x7
	frameWindowUpdate = 0x8
	frameContinuation = 0x9

	flagEndStream  = 0x1
	flagAck        = 0x1
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20

	settingEnablePush    = 0x2
	settingMaxConcurrent = 0x3
	settingInitialWindow = 0x4
	settingMaxFrame      = 0x5

	frameHeaderSize = 9
	maxFrame        = 16384 // we advertise no other, so a longer frame is an error
	maxBlock        = 64 << 10
	defaultWindow   = 65535
	largestWindow   = 1<<31 - 1
	// The connection's receive window is filled up after this many bytes.
	refill = 1 << 30

	errorCancel = 0x8
	preface     = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
)

// ErrGoAway says that the server has ended the connection.
var ErrGoAway = errors.New("the server sent GOAWAY")

// opening is a request that is not sent completely yet.
type opening struct {
	id     uint32
	stream Stream
	block  []byte
	body   []byte
	window int64
}

// Conn is a client connection with prior knowledge (RFC 9113 section 3.3).
type Conn struct {
	// Out holds the bytes to send; whoever sends them empties it.
	Out []byte

	in        []byte
	streams   map[uint32]Stream
	openings  []*opening
	nextID    uint32
	received  int64
	window    int64
	initial   int64
	frame     int
	limit     int
	decoder   *hpack.Decoder
	header    Header
	block     []byte
	blockID   uint32
	blockEnds bool
}

// NewConn starts a connection: the preface is in Out.
func NewConn() *Conn {
	c := &Conn{streams: map[uint32]Stream{}, nextID: 1, window: defaultWindow, initial: defaultWindow, frame: maxFrame, limit: 1 << 30}
	c.decoder = hpack.NewDecoder(4096, func(field hpack.HeaderField) { c.header.take(field) })
	c.Out = append(c.Out, preface...)
	c.Out = appendFrameHeader(c.Out, 12, frameSettings, 0, 0)
	c.Out = appendSetting(c.Out, settingEnablePush, 0)
	c.Out = appendSetting(c.Out, settingInitialWindow, largestWindow)
	c.Out = appendWindowUpdate(c.Out, 0, largestWindow-defaultWindow)
	return c
}

func appendFrameHeader(b []byte, size int, kind, flags byte, id uint32) []byte {
	b = append(b, byte(size>>16), byte(size>>8), byte(size), kind, flags)
	return binary.BigEndian.AppendUint32(b, id)
}

func appendSetting(b []byte, id uint16, value uint32) []byte {
	b = binary.BigEndian.AppendUint16(b, id)
	return binary.BigEndian.AppendUint32(b, value)
}

func appendWindowUpdate(b []byte, id, increment uint32) []byte {
	b = appendFrameHeader(b, 4, frameWindowUpdate, 0, id)
	return binary.BigEndian.AppendUint32(b, increment)
}

// Active returns how many streams are open or waiting to be opened.
func (c *Conn) Active() int {
	waiting := 0
	for _, o := range c.openings {
		if o.id == 0 {
			waiting++
		}
	}
	return len(c.streams) + waiting
}

// Open sends a request as far as the server's limits permit, and the rest when they do. The block comes from Block and is at most one frame long.
func (c *Conn) Open(stream Stream, block, body []byte) {
	c.openings = append(c.openings, &opening{stream: stream, block: block, body: body})
	c.pump()
}

// Cancel resets every open stream; their Closed is not called.
func (c *Conn) Cancel() {
	for id := range c.streams {
		c.Out = appendFrameHeader(c.Out, 4, frameRSTStream, 0, id)
		c.Out = binary.BigEndian.AppendUint32(c.Out, errorCancel)
	}
	clear(c.streams)
	c.openings = nil
}

// Fail ends all streams with the error.
func (c *Conn) Fail(err error) {
	streams := c.streams
	c.streams = map[uint32]Stream{}
	for _, o := range c.openings {
		if o.id == 0 {
			o.stream.Closed(err)
		}
	}
	c.openings = nil
	for _, stream := range streams {
		stream.Closed(err)
	}
}

func (c *Conn) pump() {
	for len(c.openings) > 0 {
		o := c.openings[0]
		if o.id == 0 {
			if len(c.streams) >= c.limit {
				return
			}
			o.id, o.window = c.nextID, c.initial
			c.nextID += 2
			c.streams[o.id] = o.stream
			c.Out = appendFrameHeader(c.Out, len(o.block), frameHeaders, flagEndHeaders, o.id)
			c.Out = append(c.Out, o.block...)
		}
		for {
			n := int(min(int64(len(o.body)), int64(c.frame), c.window, o.window))
			if n <= 0 && len(o.body) > 0 {
				return
			}
			flags := byte(0)
			if n == len(o.body) {
				flags = flagEndStream
			}
			c.Out = appendFrameHeader(c.Out, n, frameData, flags, o.id)
			c.Out = append(c.Out, o.body[:n]...)
			o.body = o.body[n:]
			c.window -= int64(n)
			o.window -= int64(n)
			if flags != 0 {
				break
			}
		}
		c.openings = c.openings[1:]
	}
	c.openings = nil
}

// Feed takes the next bytes from the server. After an error the connection is unusable.
func (c *Conn) Feed(b []byte) error {
	if len(c.in) > 0 {
		c.in = append(c.in, b...)
		b = c.in
	}
	for len(b) >= frameHeaderSize {
		size := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
		if size > maxFrame {
			return fmt.Errorf("frame of %d bytes", size)
		}
		if len(b) < frameHeaderSize+size {
			break
		}
		id := binary.BigEndian.Uint32(b[5:]) & largestWindow
		if err := c.take(b[3], b[4], id, b[frameHeaderSize:frameHeaderSize+size]); err != nil {
			return err
		}
		b = b[frameHeaderSize+size:]
	}
	c.in = append(c.in[:0], b...)
	return nil
}

func (c *Conn) take(kind, flags byte, id uint32, payload []byte) error {
	if c.blockID != 0 && kind != frameContinuation {
		return errors.New("a header block was interrupted")
	}
	switch kind {
	case frameData:
		return c.takeData(flags, id, payload)
	case frameHeaders:
		content, err := unpad(flags, payload)
		if err != nil {
			return err
		}
		if flags&flagPriority != 0 {
			if len(content) < 5 {
				return errors.New("short HEADERS frame")
			}
			content = content[5:]
		}
		c.block = append(c.block[:0], content...)
		c.blockID, c.blockEnds = id, flags&flagEndStream != 0
		return c.takeBlock(flags)
	case frameContinuation:
		if id == 0 || id != c.blockID || len(c.block)+len(payload) > maxBlock {
			return errors.New("unexpected CONTINUATION frame")
		}
		c.block = append(c.block, payload...)
		return c.takeBlock(flags)
	case frameRSTStream:
		if len(payload) != 4 {
			return errors.New("bad RST_STREAM frame")
		}
		c.close(id, fmt.Errorf("stream reset with code %d", binary.BigEndian.Uint32(payload)))
	case frameSettings:
		return c.takeSettings(flags, payload)
	case framePing:
		if len(payload) != 8 {
			return errors.New("bad PING frame")
		}
		if flags&flagAck == 0 {
			c.Out = appendFrameHeader(c.Out, 8, framePing, flagAck, 0)
			c.Out = append(c.Out, payload...)
		}
	case frameGoAway:
		return ErrGoAway
	case frameWindowUpdate:
		if len(payload) != 4 {
			return errors.New("bad WINDOW_UPDATE frame")
		}
		c.takeWindow(id, int64(binary.BigEndian.Uint32(payload)&largestWindow))
	}
	return nil
}

func unpad(flags byte, payload []byte) ([]byte, error) {
	if flags&flagPadded == 0 {
		return payload, nil
	}
	if len(payload) == 0 || int(payload[0]) >= len(payload) {
		return nil, errors.New("bad padding")
	}
	return payload[1 : len(payload)-int(payload[0])], nil
}

func (c *Conn) takeData(flags byte, id uint32, payload []byte) error {
	content, err := unpad(flags, payload)
	if err != nil {
		return err
	}
	c.received += int64(len(payload))
	if c.received >= refill {
		c.Out = appendWindowUpdate(c.Out, 0, uint32(c.received))
		c.received = 0
	}
	if stream, ok := c.streams[id]; ok && len(content) > 0 {
		stream.Content(content)
	}
	if flags&flagEndStream != 0 {
		c.close(id, nil)
	}
	return nil
}

func (c *Conn) takeBlock(flags byte) error {
	if flags&flagEndHeaders == 0 {
		return nil
	}
	id, ends := c.blockID, c.blockEnds
	c.blockID, c.header = 0, Header{}
	// Blocks of streams we have forgotten are decoded too: they change the table.
	if _, err := c.decoder.Write(c.block); err != nil {
		return fmt.Errorf("header block: %w", err)
	}
	if err := c.decoder.Close(); err != nil {
		return fmt.Errorf("header block: %w", err)
	}
	if stream, ok := c.streams[id]; ok {
		stream.Header(c.header)
	}
	if ends {
		c.close(id, nil)
	}
	return nil
}

func (c *Conn) takeSettings(flags byte, payload []byte) error {
	if flags&flagAck != 0 {
		return nil
	}
	if len(payload)%6 != 0 {
		return errors.New("bad SETTINGS frame")
	}
	for ; len(payload) > 0; payload = payload[6:] {
		value := binary.BigEndian.Uint32(payload[2:])
		switch binary.BigEndian.Uint16(payload) {
		case settingMaxConcurrent:
			c.limit = int(min(value, 1<<30))
		case settingInitialWindow:
			for _, o := range c.openings {
				o.window += int64(value) - c.initial
			}
			c.initial = int64(value)
		case settingMaxFrame:
			c.frame = int(value)
		}
	}
	c.Out = appendFrameHeader(c.Out, 0, frameSettings, flagAck, 0)
	c.pump()
	return nil
}

func (c *Conn) takeWindow(id uint32, increment int64) {
	if id == 0 {
		c.window += increment
	}
	for _, o := range c.openings {
		if id != 0 && o.id == id {
			o.window += increment
		}
	}
	c.pump()
}

func (c *Conn) close(id uint32, err error) {
	stream, ok := c.streams[id]
	if !ok {
		return
	}
	delete(c.streams, id)
	for i, o := range c.openings {
		// The server answered before it had the whole request.
		if o.id == id {
			c.openings = append(c.openings[:i], c.openings[i+1:]...)
			break
		}
	}
	stream.Closed(err)
	c.pump()
}
