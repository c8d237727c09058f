package sse

import "testing"

func TestCountsWhereverTheBytesAreCut(t *testing.T) {
	text := ": accepted\n\ndata: {\"a\":1}\n\ndata: {\"b\":2}\r\n\r\nid: 7\n\n: proof\n\ndata: [DONE]\n\n"
	for cut := range text {
		var c Counter
		c.Feed([]byte(text[:cut]))
		if c.Done {
			t.Fatalf("done after %d bytes", cut)
		}
		c.Feed([]byte(text[cut:]))
		if c.Events != 2 || !c.Done || c.Failed {
			t.Fatalf("cut at %d: %+v", cut, c)
		}
	}
}

func TestFailures(t *testing.T) {
	for _, text := range []string{
		"data: {\"error\":{\"message\":\"m\"}}\n\n",
		"event: error\ndata: {}\n\n",
		"data: [DONE]\n\ndata: {}\n\n",
	} {
		var c Counter
		c.Feed([]byte(text))
		if !c.Failed {
			t.Errorf("%q is no failure", text)
		}
	}
	var c Counter
	c.Feed([]byte("data: [DONE] \n\n"))
	if c.Done {
		t.Error("[DONE] with an extra space ends a stream")
	}
}
