// Package marker puts the time of sending into the content of a token and finds it again.
//
// A marker is "~" and seven lower-case hexadecimal digits: CLOCK_MONOTONIC in microseconds modulo 2^28 (268 s). It is short
// enough for the content of a 64-byte event, and it survives every re-encoding that keeps content, such as the
// gateway's protobuf messages. One marker is one token, however a gateway groups tokens into messages.
package marker

import "bytes"

// Size is the length of a marker in bytes.
const Size = 8

const (
	sign   = '~'
	modulo = 1 << 28
	digits = "0123456789abcdef"
)

// Put writes the marker for the time now, in nanoseconds, to the first Size bytes of into.
func Put(into []byte, now int64) {
	v := uint32(now/1000) & (modulo - 1)
	into[0] = sign
	for i := Size - 1; i > 0; i-- {
		into[i] = digits[v&15]
		v >>= 4
	}
}

// Age returns how many microseconds before now (nanoseconds) the marker value was taken. It is right up to 134 s. A value that lies
// slightly in the future, which clock rounding can produce, is age zero.
func Age(value uint32, now int64) int64 {
	age := (uint32(now/1000) - value) & (modulo - 1)
	if age >= modulo/2 {
		return 0
	}
	return int64(age)
}

func parse(b []byte) (uint32, bool) {
	var v uint32
	for _, c := range b[1:Size] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | uint32(c-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | uint32(c-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

// Scanner finds markers in bytes that arrive in arbitrary pieces. The zero value is ready.
type Scanner struct {
	carry [Size]byte
	held  int
}

// Next returns the next marker in b and what follows it. When there is none, ok is false and a possible beginning of a marker at the end of b is kept
// for the next piece.
func (s *Scanner) Next(b []byte) (value uint32, rest []byte, ok bool) {
	for s.held > 0 {
		n := copy(s.carry[s.held:], b)
		if s.held+n < Size {
			s.held += n
			return 0, nil, false
		}
		if v, found := parse(s.carry[:]); found {
			s.held = 0
			return v, b[n:], true
		}
		// Not a marker: drop its sign and look for another one in what was held.
		held := s.carry[1:s.held]
		next := bytes.IndexByte(held, sign)
		if next < 0 {
			s.held = 0
		} else {
			s.held = copy(s.carry[:], held[next:])
		}
	}
	for {
		i := bytes.IndexByte(b, sign)
		if i < 0 {
			return 0, nil, false
		}
		b = b[i:]
		if len(b) < Size {
			s.held = copy(s.carry[:], b)
			return 0, nil, false
		}
		if v, found := parse(b); found {
			return v, b[Size:], true
		}
		b = b[1:]
	}
}

// Reset forgets a held beginning.
func (s *Scanner) Reset() { s.held = 0 }
