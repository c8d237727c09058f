package main

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

type protocol string

const (
	rest         protocol = "rest"
	connect      protocol = "connect"
	connectUnary protocol = "connect-unary"
	grpc         protocol = "grpc"
)

// group is a set of processes whose processor time and memory are sampled with the window.
type group struct {
	name string
	pids []int
}

type config struct {
	target      netip.AddrPort
	protocol    protocol
	mode        string
	path        string
	token       string
	plan        string
	size        int
	stream      bool
	message     []byte
	streams     int
	connections int
	rate        float64
	warmUp      time.Duration
	window      time.Duration
	ramp        int
	deadline    time.Duration
	events      int
	tokens      int
	bytes       int
	watch       []group
	secure      bool
	serverName  string
}

func parseConfig(arguments []string) (config, error) {
	var c config
	var target, kind, messageFile, rpcPath, watch string
	var buffered bool
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.StringVar(&target, "target", "", "IPv4 `address` and port to connect to")
	flags.StringVar(&kind, "protocol", "rest", "rest, connect, connect-unary or grpc")
	flags.StringVar(&c.mode, "mode", "closed", "closed: each lane sends its next request after the last answer; rate: requests at a fixed rate; "+
		"paced: streams that end by themselves, opened once; idle: streams that are opened and held")
	flags.StringVar(&c.path, "path", "/v1/chat/completions", "REST path")
	flags.StringVar(&rpcPath, "rpc-path", "", "RPC path, for example /countersign.inference.v1.InferenceService/StreamChat")
	flags.StringVar(&messageFile, "rpc-message", "", "`file` with the serialised request message")
	flags.StringVar(&c.token, "token", "", "bearer token")
	flags.StringVar(&c.plan, "plan", "", "answer the mock engine is asked for in the REST body, for example paced:10ms:64:300")
	flags.IntVar(&c.size, "request-bytes", 1024, "size of the REST body")
	flags.BoolVar(&buffered, "buffered", false, "REST: ask for one JSON document instead of a stream")
	flags.IntVar(&c.streams, "streams", 1, "lanes: concurrent streams, or connections of the closed loop")
	flags.IntVar(&c.connections, "connections", 1, "gRPC: connections the lanes are spread over")
	flags.Float64Var(&c.rate, "rate", 0, "requests per second in mode rate")
	flags.DurationVar(&c.warmUp, "warmup", time.Second, "time before the window; for held streams it starts when all are open")
	flags.DurationVar(&c.window, "window", 3*time.Second, "measured time")
	flags.IntVar(&c.ramp, "ramp", 128, "held streams: how many may wait for their first byte while opening")
	flags.DurationVar(&c.deadline, "deadline", time.Minute, "limit of the whole run")
	flags.IntVar(&c.events, "expect-events", -1, "REST: events of each answer, [DONE] not counted; -1: any")
	flags.IntVar(&c.tokens, "expect-tokens", -1, "time markers in each answer; -1: any")
	flags.IntVar(&c.bytes, "expect-bytes", -1, "content bytes of each answer; -1: any")
	flags.StringVar(&watch, "watch", "", "processes to sample, for example proxy=12+13,engine=14")
	flags.BoolVar(&c.secure, "tls", false, "TLS 1.3 without verification; slower")
	flags.StringVar(&c.serverName, "server-name", "localhost", "server name for TLS")
	if err := flags.Parse(arguments); err != nil {
		return c, err
	}
	var err error
	if c.target, err = netip.ParseAddrPort(target); err != nil {
		return c, fmt.Errorf("-target: %w", err)
	}
	c.protocol, c.stream = protocol(kind), !buffered
	switch c.protocol {
	case rest:
	case connect, connectUnary, grpc:
		if c.message, err = os.ReadFile(messageFile); err != nil {
			return c, fmt.Errorf("-rpc-message: %w", err)
		}
		if rpcPath == "" {
			return c, errors.New("-rpc-path is required")
		}
		c.path = rpcPath
	default:
		return c, fmt.Errorf("-protocol %q: rest, connect, connect-unary or grpc", kind)
	}
	switch {
	case c.mode != "closed" && c.mode != "rate" && c.mode != "paced" && c.mode != "idle":
		return c, fmt.Errorf("-mode %q: closed, rate, paced or idle", c.mode)
	case c.mode == "rate" && c.rate <= 0:
		return c, errors.New("-rate must be positive")
	case c.streams < 1 || c.connections < 1 || c.ramp < 1:
		return c, errors.New("-streams, -connections and -ramp must be positive")
	case c.window <= 0 || c.warmUp < 0:
		return c, errors.New("-window must be positive and -warmup not negative")
	}
	c.connections = min(c.connections, c.streams)
	c.watch, err = parseWatch(watch)
	return c, err
}

func parseWatch(text string) ([]group, error) {
	var groups []group
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			continue
		}
		name, list, ok := strings.Cut(part, "=")
		if !ok {
			return nil, fmt.Errorf("-watch %q: name=pid[+pid…]", part)
		}
		g := group{name: name}
		for number := range strings.SplitSeq(list, "+") {
			pid, err := strconv.Atoi(number)
			if err != nil {
				return nil, fmt.Errorf("-watch %q: %w", part, err)
			}
			g.pids = append(g.pids, pid)
		}
		groups = append(groups, g)
	}
	return groups, nil
}
