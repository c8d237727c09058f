package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"countersign.dev/countersign/bench/internal/clock"
	"countersign.dev/countersign/bench/internal/marker"
)

// The engine's event loop keeps a processor while it waits: the client needs others.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(4)
	os.Exit(m.Run())
}

// started runs an engine for the rest of the process and returns its URL.
func started(t *testing.T) string {
	t.Helper()
	e, bound, err := newEngine(netip.MustParseAddrPort("127.0.0.1:0"), spread, "burst:51:200")
	if err != nil {
		t.Fatal(err)
	}
	go func() { panic(e.serve()) }()
	return "http://" + bound.String()
}

func post(t *testing.T, ctx context.Context, url, body string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func TestAnswersAnOrdinaryClient(t *testing.T) {
	url := started(t)
	for _, c := range []struct {
		path, body string
		events     int
	}{
		{"/v1/chat/completions", `{"stream":true}`, 51},
		{"/v1/chat/completions", `{"stream":true,"user":"burst:3:64"}`, 3},
		{"/v1/chat/completions", `{"stream":true,"user":"block:300:1000"}`, 300},
		{"/v1/completions", `{"stream":true,"user":"paced:2ms:64:20"}`, 20},
	} {
		body, err := io.ReadAll(post(t, t.Context(), url+c.path, c.body).Body)
		if err != nil {
			t.Fatal(err)
		}
		text := string(body)
		if got := strings.Count(text, "data: {"); got != c.events || !strings.HasSuffix(text, done) {
			t.Errorf("%s: %d events instead of %d", c.body, got, c.events)
		}
	}
	body, err := io.ReadAll(post(t, t.Context(), url+"/v1/chat/completions", `{"user":"buffered:3000"}`).Body)
	if err != nil || len(body) != 3000 {
		t.Errorf("%d buffered bytes, %v", len(body), err)
	}
	if response := post(t, t.Context(), url+"/v1/chat/completions", `{"stream":true,"user":"nonsense"}`); response.StatusCode != 400 {
		t.Errorf("an unknown plan gets status %d", response.StatusCode)
	}
	if response := post(t, t.Context(), url+"/other", `{}`); response.StatusCode != 404 {
		t.Errorf("an unknown path gets status %d", response.StatusCode)
	}
}

func TestEventsCarryTheTimeOfSending(t *testing.T) {
	response := post(t, t.Context(), started(t)+"/v1/chat/completions", `{"stream":true,"user":"paced:5ms:64:10"}`)
	var scanner marker.Scanner
	seen := 0
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if value, _, ok := scanner.Next(lines.Bytes()); ok {
			seen++
			if age := marker.Age(value, clock.Now()); age > time.Second.Microseconds() {
				t.Errorf("an event on loopback is %d µs old", age)
			}
		}
	}
	if seen != 9 {
		t.Errorf("%d markers in 10 events: all but the last carry one", seen)
	}
}

func TestCountsAStreamThatIsLeft(t *testing.T) {
	url := started(t)
	ctx, leave := context.WithCancel(t.Context())
	response := post(t, ctx, url+"/v1/chat/completions", `{"stream":true,"user":"idle"}`)
	if _, err := bufio.NewReader(response.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	leave()
	// The engine learns of it through its socket; asking again is the only way to see that it has.
	for {
		answer, err := http.Get(url + "/bench/stats")
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if strings.Contains(string(text), `"streams_aborted":1`) {
			return
		}
		if t.Context().Err() != nil {
			t.Fatal(fmt.Sprintf("still open: %s", text))
		}
	}
}
