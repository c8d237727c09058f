package countersign

import (
	"strings"
	"testing"
)

func TestDoneGate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stream string
		passes string
		isDone bool
		id     string
	}{
		"a whole stream":            {"data: {\"id\":\"a\"}\n\ndata: [DONE]\n\n", "data: {\"id\":\"a\"}\n\n", true, "a"},
		"no blank":                  {"data:{\"id\":\"a\"}\n\ndata:[DONE]\n\n", "data:{\"id\":\"a\"}\n\n", true, "a"},
		"CRLF":                      {"data: {\"id\":\"a\"}\r\n\r\ndata: [DONE]\r\n\r\n", "data: {\"id\":\"a\"}\r\n\r\n", true, "a"},
		"CR":                        {"data: x\r\rdata: [DONE]\r\r", "data: x\r\r", true, ""},
		"comments":                  {": accepted\n\ndata: x\n\n: sealed\n\ndata: [DONE]\n\n", ": accepted\n\ndata: x\n\n: sealed\n\n", true, ""},
		"a byte order mark":         {"\xef\xbb\xbfdata: [DONE]\n\n", "", true, ""},
		"an id after a byte order":  {"\xef\xbb\xbfdata: {\"id\":\"a\"}\n\n", "\xef\xbb\xbfdata: {\"id\":\"a\"}\n\n", false, "a"},
		"no newline at the end":     {"data: x\n\ndata: [DONE]", "data: x\n\n", true, ""},
		"blanks after the mark":     {"data: [DONE]  \n\n", "", false, ""},
		"blanks before the mark":    {"data:    [DONE]\n\n", "", false, ""},
		"a tab before the mark":     {"data:\t[DONE]\n\n", "", false, ""},
		"a tab on another line":     {"data:\tx\n\ndata: [DONE]\n\n", "data:\tx\n\n", true, ""},
		"more after the mark":       {"data: [DONE]\n\ndata: x\n\n", "", true, ""},
		"a mark with a tail":        {"data: [DONE]x\n\ndata: y\n\n", "", false, ""},
		"no mark":                   {"data: x\n\n", "data: x\n\n", false, ""},
		"a cut mark":                {"data: x\n\ndata: [DON", "data: x\n\n", false, ""},
		"the mark inside a line":    {"data: x [DONE]\n\n", "data: x [DONE]\n\n", false, ""},
		"the mark as another field": {"event: [DONE]\n\n", "event: [DONE]\n\n", false, ""},
		"a comment with the mark":   {": data: [DONE]\n\n", ": data: [DONE]\n\n", false, ""},
		"the id in a later event":   {"data: {}\n\ndata: {\"id\":\"b\"}\n\ndata: {\"id\":\"c\"}\n\ndata: [DONE]\n\n", "data: {}\n\ndata: {\"id\":\"b\"}\n\ndata: {\"id\":\"c\"}\n\n", true, "b"},
		"an id that is no text":     {"data: {\"id\":7}\n\ndata: [DONE]\n\n", "data: {\"id\":7}\n\n", true, ""},
		"nothing":                   {"", "", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for size := 1; size <= len(test.stream)+1; size++ {
				gate := doneGate{needsID: true}
				var passed strings.Builder
				for rest := test.stream; rest != ""; {
					n := min(size, len(rest))
					passed.Write(gate.pass([]byte(rest[:n])))
					rest = rest[n:]
				}
				if passed.String() != test.passes || gate.isDone() != test.isDone || gate.id != test.id {
					t.Fatalf("%d bytes at a time: passed %q, done %t, id %q", size, passed.String(), gate.isDone(), gate.id)
				}
				if all := passed.String() + string(gate.held); all != test.stream {
					t.Fatalf("%d bytes at a time: %q became %q", size, test.stream, all)
				}
			}
		})
	}
}

func TestDoneGateDoesNotKeepLongLines(t *testing.T) {
	t.Parallel()
	gate := doneGate{needsID: true}
	long := []byte("data: " + strings.Repeat("x", 3*maxEventLineBytes))
	if passed := gate.pass(long); len(passed) != len(long) || len(gate.line) > maxEventLineBytes {
		t.Errorf("%d bytes passed, %d kept", len(passed), len(gate.line))
	}
}
