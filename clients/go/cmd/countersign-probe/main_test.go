package main

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign.dev/countersign/clients/go/internal/fakegateway"
)

func TestOneCase(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, true)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	encoded := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: gateway.Server.Certificate().Raw})
	if err := os.WriteFile(ca, encoded, 0o600); err != nil {
		t.Fatal(err)
	}
	outcomes := probe(t, 0, "", "--url", gateway.Server.URL, "--token", fakegateway.Token, "--ca", ca,
		"--protocol", "grpc", "--http", "2", "--case", "stream", "--prompt", "a b c")
	if len(outcomes) != 1 || outcomes[0].Text != "a b c" || outcomes[0].Chunks != 3 || outcomes[0].Status != "complete" {
		t.Errorf("outcomes %+v", outcomes)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	gateway := fakegateway.Start(t, false)
	cases := []struct{ asked, status, code string }{
		{`"case":"unary"`, "complete", ""},
		{`"case":"trailers","protocol":"grpc-web","http":"1"`, "complete", ""},
		{`"case":"error"`, "", "call.not_found"},
		{`"case":"stream-error"`, "", "call.not_found"},
		{`"case":"cancel","model":"endless"`, "", "call.cancelled"},
		{`"case":"deadline","model":"endless"`, "", "call.deadline"},
		{`"case":"stream","model":"failing","prompt":"a b c d"`, "upstream_failed", "seal.incomplete"},
		{`"case":"slow","slow_ms":1,"http":"2"`, "complete", ""},
		{`"case":"unary","token":"wrong","model":"echo"`, "", "call.unauthenticated"},
	}
	var input strings.Builder
	for index, c := range cases {
		fmt.Fprintf(&input, "{\"id\":%d,%s}\n", index, c.asked)
	}
	outcomes := probe(t, 0, input.String(), "--list", "--url", gateway.Server.URL, "--token", fakegateway.Token)
	if len(outcomes) != len(cases) {
		t.Fatalf("%d outcomes of %d cases", len(outcomes), len(cases))
	}
	for index, got := range outcomes {
		want := cases[index]
		if string(got.ID) != fmt.Sprint(index) || got.Status != want.status || got.Code != want.code {
			t.Errorf("%s: %+v", want.asked, got)
		}
	}
	header := strings.ToLower(fakegateway.RequestIDHeader)
	if got := outcomes[1]; !strings.Contains(strings.Join(got.Header, " "), header) ||
		strings.Join(got.Trailer, " ") != strings.ToLower(fakegateway.TrailerName) {
		t.Errorf("metadata %+v", got)
	}
}

func TestWhatCannotBeUnderstood(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{
		{"--url", "http://127.0.0.1:1", "--model", "m", "--case", "nothing"},
		{"--url", "http://127.0.0.1:1", "--protocol", "http"},
		{"--url", "http://127.0.0.1:1", "--http", "3"},
		{"--url", "http://127.0.0.1:1", "extra"},
		{"--url", "nowhere"},
		{"--ca", filepath.Join(t.TempDir(), "none.pem")},
	} {
		probe(t, 2, "", arguments...)
	}
	probe(t, 2, "not JSON\n", "--list")
}

func probe(t *testing.T, exit int, input string, arguments ...string) []outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if got := run(t.Context(), arguments, strings.NewReader(input), &stdout, &stderr); got != exit {
		t.Fatalf("exit %d, want %d: %s", got, exit, stderr.String())
	}
	var outcomes []outcome
	for decoder := json.NewDecoder(&stdout); decoder.More(); {
		var next outcome
		if err := decoder.Decode(&next); err != nil {
			t.Fatal(err)
		}
		outcomes = append(outcomes, next)
	}
	return outcomes
}
