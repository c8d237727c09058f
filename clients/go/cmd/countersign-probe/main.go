// Command countersign-probe makes calls with the Go client and prints what came of them, one JSON line per call. It is how
// tests in other languages drive this client.
//
//	countersign-probe --url https://127.0.0.1:8443 --token t --model demo --protocol grpc --http 2 --case stream
//	countersign-probe --list < cases.jsonl
//
// With --list it reads cases as JSON lines and answers each with one line, in order; flags are the defaults of fields a
// case leaves out. It exits 0 if every outcome was obtained, whatever it was, and 2 if it could not understand a case.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// maxCaseBytes bounds one line of --list.
const maxCaseBytes = 1 << 20

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(ctx context.Context, arguments []string, stdin io.Reader, stdout, stderr io.Writer) int {
	defaults := probeCase{DeadlineMs: 150, CancelAfter: 2, SlowMs: 20, MaxTokens: 64}
	flags := flag.NewFlagSet("countersign-probe", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&defaults.URL, "url", "", "base URL of the gateway")
	flags.StringVar(&defaults.Token, "token", "", "bearer token")
	flags.StringVar(&defaults.Model, "model", "", "model to ask; empty: the first that ListModels names")
	flags.StringVar(&defaults.Protocol, "protocol", "connect", "connect, grpc or grpc-web")
	flags.StringVar(&defaults.HTTP, "http", "", "1 or 2; empty: as the client chooses")
	flags.StringVar(&defaults.CA, "ca", "", "PEM file of the authorities to trust")
	flags.BoolVar(&defaults.InsecureTLS, "insecure-tls", false, "do not verify the server's certificate")
	flags.StringVar(&defaults.Pin, "pin", "", "hex SHA-256 of the keyset to trust; empty: the one the gateway gives")
	flags.StringVar(&defaults.Case, "case", "unary", "unary, stream, error, stream-error, cancel, deadline, slow or trailers")
	flags.StringVar(&defaults.Prompt, "prompt", "Tell me about the sea.", "what to ask")
	isList := flags.Bool("list", false, "read cases as JSON lines from standard input")
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "unexpected argument %q\n", flags.Arg(0))
		return 2
	}
	output := json.NewEncoder(stdout)
	answer := func(asked probeCase) bool {
		outcome, err := asked.run(ctx)
		if err != nil {
			fmt.Fprintln(stderr, err)
			return false
		}
		return output.Encode(outcome) == nil
	}
	if !*isList {
		return exitCode(answer(defaults))
	}
	lines := bufio.NewScanner(stdin)
	lines.Buffer(nil, maxCaseBytes)
	for lines.Scan() {
		asked := defaults
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintf(stderr, "a case is not JSON: %v\n", err)
			return 2
		}
		if !answer(asked) {
			return 2
		}
	}
	return exitCode(lines.Err() == nil)
}

func exitCode(isObtained bool) int {
	if isObtained {
		return 0
	}
	return 2
}
