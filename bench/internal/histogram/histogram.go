// Package histogram counts durations in buckets of constant relative width.
package histogram

import "math/bits"

// 64 buckets per power of two: a reported value is at most 1.6 % above the true one.
const (
	subBits = 6
	sub     = 1 << subBits
	buckets = (64 - subBits) * sub
)

// Histogram counts non-negative integers. The zero value is empty and ready.
type Histogram struct {
	counts [buckets]uint64
	total  uint64
	max    int64
}

func bucket(v int64) int {
	if v < sub {
		return int(v)
	}
	exponent := bits.Len64(uint64(v)) - subBits - 1
	return (exponent+1)<<subBits + int(uint64(v)>>exponent) - sub
}

// top is the largest value that falls into the bucket.
func top(index int) int64 {
	if index < sub {
		return int64(index)
	}
	exponent := index>>subBits - 1
	return (int64(index&(sub-1)+sub)+1)<<exponent - 1
}

// Record counts v; a negative v counts as zero.
func (h *Histogram) Record(v int64) {
	v = max(v, 0)
	h.counts[bucket(v)]++
	h.total++
	h.max = max(h.max, v)
}

// Count returns how many values were recorded.
func (h *Histogram) Count() uint64 { return h.total }

// Max returns the largest recorded value, exactly.
func (h *Histogram) Max() int64 { return h.max }

// Quantile returns the smallest bucket edge that at least the fraction q of the values do not exceed, and 0 if nothing was recorded.
func (h *Histogram) Quantile(q float64) int64 {
	if h.total == 0 {
		return 0
	}
	rank := uint64(q*float64(h.total) + 0.5)
	rank = min(max(rank, 1), h.total)
	var seen uint64
	for i, n := range h.counts {
		seen += n
		if seen >= rank {
			return min(top(i), h.max)
		}
	}
	return h.max
}
