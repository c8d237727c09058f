package histogram

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestQuantilesAgainstSortedValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var h Histogram
	values := make([]int64, 20_000)
	for i := range values {
		values[i] = int64(random.ExpFloat64() * 1e6)
		h.Record(values[i])
	}
	slices.Sort(values)
	for _, q := range []float64{0, 0.5, 0.9, 0.99, 1} {
		want := values[max(0, int(q*float64(len(values))+0.5)-1)]
		got := h.Quantile(q)
		if got < want || float64(got) > float64(want)*1.017+1 {
			t.Errorf("quantile %v: %d, sorted values say %d", q, got, want)
		}
	}
	if h.Max() != values[len(values)-1] || h.Count() != uint64(len(values)) {
		t.Errorf("max %d, count %d", h.Max(), h.Count())
	}
}

func TestEveryBucketHoldsWhatItsEdgesSay(t *testing.T) {
	for index := range buckets - sub {
		if got := bucket(top(index)); got != index {
			t.Fatalf("bucket of %d is %d, not %d", top(index), got, index)
		}
		if got := bucket(top(index) + 1); got != index+1 {
			t.Fatalf("bucket of %d is %d, not %d", top(index)+1, got, index+1)
		}
	}
}

func TestEmptyAndNegative(t *testing.T) {
	var h Histogram
	if h.Quantile(0.5) != 0 {
		t.Error("an empty histogram has a median")
	}
	h.Record(-5)
	if h.Quantile(1) != 0 || h.Count() != 1 {
		t.Error("a negative value is not counted as zero")
	}
}
