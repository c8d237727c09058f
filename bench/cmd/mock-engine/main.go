// Command mock-engine is an OpenAI-like HTTP/1.1 server for measuring what stands in front of it. It costs far less than
// what it measures: one thread, one epoll loop, answers that are built once and patched.
//
// What it answers is chosen by the request body, because a gateway passes bodies on byte for byte but not headers: the
// string after "user" is burst[:events[:bytes]], block[:events[:bytes]] (the same in a single write), paced[:interval[:bytes[:events[:spread or aligned]]]], buffered[:bytes] or idle.
package main

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"

	"countersign.dev/countersign/bench/internal/epoll"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "IPv4 `address` to listen on; port 0 picks a free one")
	ticks := flag.String("ticks", spread, "when paced streams send: `spread` evenly over the interval in slots of 1 ms, or aligned")
	stream := flag.String("stream", "burst:51:200", "answer to a streaming request that does not choose")
	flag.Parse()
	if err := run(*listen, *ticks, *stream); err != nil {
		fmt.Fprintln(os.Stderr, "mock-engine:", err)
		os.Exit(1)
	}
}

func run(listen, ticks, stream string) error {
	at, err := netip.ParseAddrPort(listen)
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	if ticks != spread && ticks != aligned {
		return fmt.Errorf("-ticks %q: spread or aligned", ticks)
	}
	if _, err := epoll.RaiseFileLimit(65536); err != nil {
		return err
	}
	// One thread does everything, and requests allocate next to nothing: collect only if memory really grows.
	runtime.GOMAXPROCS(1)
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(1 << 30)

	engine, bound, err := newEngine(at, ticks, stream)
	if err != nil {
		return err
	}
	fmt.Printf("{\"listening\":%q}\n", bound)
	return engine.serve()
}
