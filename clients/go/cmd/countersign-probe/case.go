package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"connectrpc.com/connect"

	countersign "countersign.dev/countersign/clients/go"
	inferencev1 "countersign.dev/countersign/gen/go/countersign/inference/v1"
)

const (
	// longTokens makes an answer that no test waits for.
	longTokens = 2_000
	// unknownModel is a model no gateway has.
	unknownModel = "a-model-that-does-not-exist"
)

// probeCase is one call to make.
type probeCase struct {
	// ID is handed back as it came.
	ID          json.RawMessage `json:"id,omitempty"`
	URL         string          `json:"url"`
	Token       string          `json:"token"`
	Model       string          `json:"model"`
	Protocol    string          `json:"protocol"`
	HTTP        string          `json:"http"`
	CA          string          `json:"ca"`
	InsecureTLS bool            `json:"insecure_tls"`
	Pin         string          `json:"pin"`
	Case        string          `json:"case"`
	Prompt      string          `json:"prompt"`
	// DeadlineMs is the deadline of case deadline, milliseconds.
	DeadlineMs int `json:"deadline_ms"`
	// CancelAfter is the number of chunks after which case cancel leaves.
	CancelAfter int `json:"cancel_after"`
	// SlowMs is how long case slow takes over each of its first chunks, milliseconds.
	SlowMs int `json:"slow_ms"`
	// MaxTokens bounds the answer; cases cancel and deadline ask for a long one instead.
	MaxTokens uint32 `json:"max_tokens"`
}

func (c probeCase) run(ctx context.Context) (*outcome, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	result := &outcome{ID: c.ID, Case: c.Case, Protocol: c.Protocol, HTTP: c.HTTP, Header: []string{}, Trailer: []string{}}
	if c.Model == "" {
		models, err := client.ListModels(ctx)
		if err != nil {
			result.fail(err)
			return result, nil
		}
		if len(models) == 0 {
			return nil, errors.New("the gateway names no model")
		}
		c.Model = models[0].GetName()
	}
	started := time.Now()
	ctx, info := connect.NewClientContext(ctx)
	switch c.Case {
	case "unary":
		c.unary(ctx, client, c.Model, result)
	case "stream", "trailers":
		c.stream(ctx, client, c.MaxTokens, nil, result)
	case "error":
		c.unary(ctx, client, unknownModel, result)
	case "stream-error":
		c.Model = unknownModel
		c.stream(ctx, client, c.MaxTokens, nil, result)
	case "cancel":
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		c.stream(ctx, client, longTokens, func(chunks int) {
			if chunks == c.CancelAfter {
				cancel()
			}
		}, result)
	case "deadline":
		ctx, cancel := context.WithTimeout(ctx, time.Duration(c.DeadlineMs)*time.Millisecond)
		defer cancel()
		c.stream(ctx, client, longTokens, nil, result)
	case "slow":
		c.stream(ctx, client, c.MaxTokens, func(chunks int) {
			// A reader that is slower than the engine: the delay is the case, it waits for nothing.
			if chunks <= 10 {
				time.Sleep(time.Duration(c.SlowMs) * time.Millisecond)
			}
		}, result)
	default:
		return nil, fmt.Errorf("unknown case %q", c.Case)
	}
	result.ElapsedMs = time.Since(started).Milliseconds()
	if c.Case == "unary" && result.Code == "" {
		result.Header, result.Trailer = names(info.ResponseHeader()), names(info.ResponseTrailer())
	}
	return result, nil
}

func (c probeCase) unary(ctx context.Context, client *countersign.Client, model string, result *outcome) {
	answer, err := client.Chat(ctx, model, c.input(c.MaxTokens))
	if err != nil {
		result.fail(err)
		return
	}
	result.Chunks = 1
	for _, choice := range answer.Result.GetChoices() {
		for _, part := range choice.GetMessage().GetContent() {
			result.Text += part.GetText()
		}
	}
	result.seal(answer.Sealed)
}

func (c probeCase) stream(
	ctx context.Context, client *countersign.Client, maxTokens uint32, afterChunk func(int), result *outcome,
) {
	stream, err := client.StreamChat(ctx, c.Model, c.input(maxTokens))
	if err != nil {
		result.fail(err)
		return
	}
	defer stream.Close()
	for stream.Receive() {
		result.Chunks++
		for _, delta := range stream.Chunk().GetDeltas() {
			result.Text += delta.GetContent()
		}
		if afterChunk != nil {
			afterChunk(result.Chunks)
		}
	}
	result.Checkpointed = stream.Checkpointed()
	result.seal(stream.Sealed())
	if err := stream.Err(); err != nil {
		result.fail(err)
		return
	}
	result.Header, result.Trailer = names(stream.ResponseHeader()), names(stream.ResponseTrailer())
}

func (c probeCase) input(maxTokens uint32) *inferencev1.ChatInput {
	return &inferencev1.ChatInput{
		Messages: []*inferencev1.Message{{
			Role:    inferencev1.Role_ROLE_USER,
			Content: []*inferencev1.ContentPart{{Part: &inferencev1.ContentPart_Text{Text: c.Prompt}}},
		}},
		Sampling: &inferencev1.SamplingOptions{MaxTokens: &maxTokens},
	}
}

func (c probeCase) client() (*countersign.Client, error) {
	options := []countersign.Option{}
	switch c.Protocol {
	case "connect":
		options = append(options, countersign.WithProtocol(countersign.Connect))
	case "grpc":
		options = append(options, countersign.WithProtocol(countersign.GRPC))
	case "grpc-web":
		options = append(options, countersign.WithProtocol(countersign.GRPCWeb))
	default:
		return nil, fmt.Errorf("unknown protocol %q", c.Protocol)
	}
	switch c.HTTP {
	case "":
	case "1":
		options = append(options, countersign.WithHTTPVersion(countersign.HTTP1))
	case "2":
		options = append(options, countersign.WithHTTPVersion(countersign.HTTP2))
	default:
		return nil, fmt.Errorf("unknown HTTP version %q", c.HTTP)
	}
	if c.CA != "" || c.InsecureTLS {
		config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.InsecureTLS}
		if c.CA != "" {
			pem, err := os.ReadFile(c.CA)
			if err != nil {
				return nil, err
			}
			config.RootCAs = x509.NewCertPool()
			if !config.RootCAs.AppendCertsFromPEM(pem) {
				return nil, fmt.Errorf("%s holds no certificate", c.CA)
			}
		}
		options = append(options, countersign.WithTLSConfig(config))
	}
	trust := countersign.UnattestedKeyset()
	if c.Pin != "" {
		trust = countersign.PinnedKeyset(c.Pin)
	}
	return countersign.NewClient(c.URL, c.Token, trust, options...)
}
