// Command load drives an inference endpoint over REST with server-sent events, Connect or gRPC, checks every answer and reports one JSON line.
// It is single-threaded over epoll, so that it costs little beside what it measures.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"countersign.dev/countersign/bench/internal/epoll"
)

func main() {
	result, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(2)
	}
	line, err := json.Marshal(result)
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(2)
	}
	fmt.Println(string(line))
	if result.Errors > 0 {
		os.Exit(1)
	}
}

func run(arguments []string) (*result, error) {
	config, err := parseConfig(arguments)
	if err != nil {
		return nil, err
	}
	if _, err := epoll.RaiseFileLimit(65536); err != nil {
		return nil, err
	}
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(1 << 30)
	g, err := newGenerator(config)
	if err != nil {
		return nil, err
	}
	if config.secure {
		err = g.loopSecure()
	} else {
		runtime.LockOSThread()
		err = g.loop()
	}
	if err != nil {
		return nil, err
	}
	return g.result(), nil
}
