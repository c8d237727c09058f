package marker

import (
	"strings"
	"testing"
)

func scan(pieces []string) []uint32 {
	var s Scanner
	var found []uint32
	for _, piece := range pieces {
		b := []byte(piece)
		for {
			value, rest, ok := s.Next(b)
			if !ok {
				break
			}
			found = append(found, value)
			b = rest
		}
	}
	return found
}

func TestFoundWhereverTheBytesAreCut(t *testing.T) {
	text := "~~00000zz~0000001{\"~\"}~~00000ff~000~0abcdef"
	want := []uint32{1, 0xff, 0xabcdef}
	for cut := range text {
		for second := cut; second < len(text); second++ {
			got := scan([]string{text[:cut], text[cut:second], text[second:]})
			if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
				t.Fatalf("cut at %d and %d: %x", cut, second, got)
			}
		}
	}
	if got := scan(strings.Split(text, "")); len(got) != 3 {
		t.Errorf("byte by byte: %x", got)
	}
}

func TestAge(t *testing.T) {
	for _, sent := range []int64{0, 5_000_000, (modulo - 2) * 1000} {
		var b [Size]byte
		Put(b[:], sent)
		value, ok := parse(b[:])
		if !ok {
			t.Fatalf("%q is not a marker", b)
		}
		if got := Age(value, sent+1_234_000); got != 1234 {
			t.Errorf("age %d µs instead of 1234", got)
		}
		if got := Age(value, sent-2_000); got != 0 {
			t.Errorf("age %d µs before it was sent", got)
		}
	}
}
