package envelope

import (
	"bytes"
	"testing"
)

func read(r *Reader, b []byte) (content []byte, err error) {
	for len(b) > 0 {
		var piece []byte
		piece, b, err = r.Feed(b)
		if err != nil {
			return content, err
		}
		content = append(content, piece...)
	}
	return content, nil
}

func TestSplitsWhereverTheBytesAreCut(t *testing.T) {
	stream := Append(nil, []byte("first"))
	stream = Append(stream, nil)
	stream = Append(stream, []byte("second"))
	stream = append(stream, EndStream, 0, 0, 0, 2, '{', '}')
	for cut := range stream {
		var r Reader
		a, err := read(&r, stream[:cut])
		if err != nil || r.Ended {
			t.Fatalf("cut at %d: ended %v, %v", cut, r.Ended, err)
		}
		b, err := read(&r, stream[cut:])
		if err != nil {
			t.Fatal(err)
		}
		if got := string(a) + string(b); got != "firstsecond" || r.Messages != 3 || !r.Ended || string(r.End) != "{}" || !r.Whole() {
			t.Fatalf("cut at %d: %q, %+v", cut, got, r)
		}
	}
}

func TestRefuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"a long message":        {0, 0xff, 0, 0, 0},
		"a compressed message":  {1, 0, 0, 0, 0},
		"a compressed end":      {EndStream | 1, 0, 0, 0, 0},
		"an unknown flag":       {0x40, 0, 0, 0, 0},
		"bytes after the end":   {EndStream, 0, 0, 0, 0, 0},
		"a long end of stream":  {EndStream, 0, 0xff, 0, 0},
		"a gRPC-Web style flag": {0x80, 0, 0, 0, 0},
	} {
		var r Reader
		if _, err := read(&r, bytes.Clone(b)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
