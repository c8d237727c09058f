package http1

import "testing"

func TestRequest(t *testing.T) {
	for name, text := range map[string]string{
		"sized":   "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nContent-Length: 4\r\n\r\nbody",
		"chunked": "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
	} {
		for cut := range text {
			if _, size, err := ParseRequest([]byte(text[:cut])); size != 0 || err != nil {
				t.Fatalf("%s: %d of %d bytes are complete: %d, %v", name, cut, len(text), size, err)
			}
		}
		request, size, err := ParseRequest([]byte(text + "GET"))
		if err != nil || size != len(text) || string(request.Method) != "POST" || string(request.Path) != "/v1/chat/completions" || string(request.Body) != "body" || request.Close {
			t.Errorf("%s: %+v, %d bytes, %v", name, request, size, err)
		}
	}
	if request, _, err := ParseRequest([]byte("GET / HTTP/1.0\r\n\r\n")); err != nil || !request.Close || len(request.Body) != 0 {
		t.Errorf("HTTP/1.0: %+v, %v", request, err)
	}
	if _, _, err := ParseRequest([]byte("GET /\r\n\r\n")); err == nil {
		t.Error("a request line without a version is accepted")
	}
}
