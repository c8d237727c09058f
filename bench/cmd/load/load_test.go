package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"countersign.dev/countersign/bench/internal/envelope"
)

// The generator's event loop keeps a processor while it waits: the servers need others.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(4)
	os.Exit(m.Run())
}

// serve starts net/http, an independent implementation of both HTTP versions, in cleartext.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func generate(t *testing.T, arguments ...string) *result {
	t.Helper()
	c, err := parseConfig(append(arguments, "-warmup", "10ms", "-window", "200ms", "-deadline", "20s"))
	if err != nil {
		t.Fatal(err)
	}
	g, err := newGenerator(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.loop(); err != nil {
		t.Fatal(err)
	}
	return g.result()
}

func message(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "message.bin")
	if err := os.WriteFile(file, []byte("request"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const (
	token  = "data: {\"c\":\"~0000001\"}\n\n"
	ending = "data: [DONE]\n\n"
)

func TestREST(t *testing.T) {
	answer := token + token + ending
	var seen atomic.Value
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen.Store(fmt.Sprintf("%s %s %d", r.URL.Path, r.Header.Get("authorization"), len(body)))
		for line := range strings.Lines(answer) {
			_, _ = io.WriteString(w, line)
			w.(http.Flusher).Flush()
		}
	})
	for _, mode := range [][]string{{"-mode", "closed"}, {"-mode", "rate", "-rate", "100"}} {
		r := generate(t, append(mode, "-target", target, "-token", "secret", "-streams", "3", "-expect-events", "2", "-expect-tokens", "2")...)
		if r.Errors != 0 || r.Window.Responses == 0 || r.Run.Events != 2*r.Run.Responses || r.Run.Tokens != r.Run.Events {
			t.Errorf("%v: %+v", mode, r)
		}
		if r.Took.Count != r.Window.Responses || r.FirstByte.P50 > r.Took.P50 {
			t.Errorf("%v: %+v, %+v", mode, r.Took, r.FirstByte)
		}
	}
	if got := seen.Load(); got != "/v1/chat/completions Bearer secret 1024" {
		t.Errorf("request: %s", got)
	}
}

func TestRESTFailuresAreCounted(t *testing.T) {
	for want, handler := range map[string]http.HandlerFunc{
		"no [DONE]":             func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, token+token) },
		"1 events instead of 2": func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, token+ending) },
		`status 418: "short"`: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(418)
			_, _ = io.WriteString(w, "short")
		},
		"connection closed within an answer": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, token)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		r := generate(t, "-target", serve(t, handler), "-expect-events", "2")
		if r.Errors == 0 || r.Failures[want] == 0 || r.Run.Responses != 0 {
			t.Errorf("%s: %d responses, %v", want, r.Run.Responses, r.Failures)
		}
	}
}

// rpc answers like a gRPC or Connect server: two messages with a token each, then the end.
func rpc(status, end string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		want := envelope.Append(nil, []byte("request"))
		if string(body) != string(want) || r.URL.Path != "/service/Method" {
			w.WriteHeader(400)
			return
		}
		if r.ProtoMajor == 2 {
			w.Header().Set("Trailer", "Grpc-Status, Grpc-Message")
		}
		for range 2 {
			_, _ = w.Write(envelope.Append(nil, []byte("\x0a\x08~0000001")))
			w.(http.Flusher).Flush()
		}
		if r.ProtoMajor == 2 {
			w.Header().Set("Grpc-Status", status)
			w.Header().Set("Grpc-Message", "why")
			return
		}
		last := envelope.Append(nil, []byte(end))
		last[0] = envelope.EndStream
		_, _ = w.Write(last)
	}
}

func TestRPC(t *testing.T) {
	target := serve(t, rpc("0", "{}"))
	for _, kind := range []string{"grpc", "connect"} {
		r := generate(t, "-target", target, "-protocol", kind, "-rpc-path", "/service/Method", "-rpc-message", message(t),
			"-streams", "8", "-connections", "2", "-expect-tokens", "2")
		if r.Errors != 0 || r.Window.Responses == 0 || r.Run.Messages != 2*r.Run.Responses || r.Run.Tokens != r.Run.Messages {
			t.Errorf("%s: %+v", kind, r)
		}
		if want := map[string]uint64{"grpc": 2, "connect": 8}[kind]; r.Run.Connections != want {
			t.Errorf("%s: %d connections instead of %d", kind, r.Run.Connections, want)
		}
	}
}

func TestRPCFailuresAreCounted(t *testing.T) {
	target := serve(t, rpc("13", `{"error":{"code":"internal","message":"why"}}`))
	for kind, want := range map[string]string{"grpc": `grpc-status "13": why`, "connect": "end of stream: internal: why"} {
		r := generate(t, "-target", target, "-protocol", kind, "-rpc-path", "/service/Method", "-rpc-message", message(t))
		if r.Failures[want] == 0 || r.Run.Responses != 0 {
			t.Errorf("%s: %v", kind, r.Failures)
		}
	}
}

func TestHeldStreams(t *testing.T) {
	release := make(chan struct{})
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, token)
		w.(http.Flusher).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	r := generate(t, "-target", target, "-mode", "idle", "-streams", "20", "-ramp", "4")
	if r.Errors != 0 || r.Run.Events != 20 || r.Run.Connections != 20 || r.Seconds < 0.2 {
		t.Errorf("%+v", r)
	}
	close(release)
	done := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, token+ending) })
	r = generate(t, "-target", done, "-mode", "paced", "-streams", "1")
	if r.Errors != 1 || r.Failures["run: deadline reached"] != 0 || r.Run.Responses != 1 || r.Seconds != 0 {
		t.Errorf("a stream that ends before the window: %+v", r)
	}
}
