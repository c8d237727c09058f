package fault_test

import (
	"errors"
	"io"
	"testing"

	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/internal/vectors"
)

func TestCodesAreTheSharedSet(t *testing.T) {
	t.Parallel()
	shared := vectors.Load[vectors.ErrorFile](t, "errors.json").Codes
	if len(shared) == 0 {
		t.Fatal("the shared set is empty")
	}
	own := map[string]bool{}
	for _, code := range fault.Codes() {
		if own[string(code)] {
			t.Errorf("%s is listed twice", code)
		}
		own[string(code)] = true
		if _, ok := shared[string(code)]; !ok {
			t.Errorf("%s is not in the shared set", code)
		}
	}
	for code := range shared {
		if !own[code] {
			t.Errorf("%s is missing here", code)
		}
	}
}

func TestErrorKeepsItsCauseOutOfItsText(t *testing.T) {
	t.Parallel()
	err := error(fault.Wrap(fault.SealText, "the text differs", io.ErrUnexpectedEOF))
	if got, want := err.Error(), "[seal.text] the text differs"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	if got := fault.CodeOf(errors.Join(io.EOF, err)); got != fault.SealText {
		t.Errorf("code %q", got)
	}
	if got := fault.CodeOf(io.EOF); got != "" {
		t.Errorf("a foreign error has the code %q", got)
	}
}
