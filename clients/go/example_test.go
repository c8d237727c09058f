package countersign_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	countersign "countersign.dev/countersign/clients/go"
	"countersign.dev/countersign/clients/go/fault"
	inferencev1 "countersign.dev/countersign/gen/go/countersign/inference/v1"
)

func ExampleClient_StreamChat() {
	trust := countersign.PinnedKeyset("0b53812f2c30dea7f3b866b8839c446a1762eaa28e4d31bb4b11e27de94de1e9")
	client, err := countersign.NewClient("https://gateway.example", "token", trust, countersign.WithProtocol(countersign.GRPC))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	stream, err := client.StreamChat(ctx, "demo", &inferencev1.ChatInput{
		Messages: []*inferencev1.Message{{
			Role:    inferencev1.Role_ROLE_USER,
			Content: []*inferencev1.ContentPart{{Part: &inferencev1.ContentPart_Text{Text: "Hello!"}}},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer stream.Close()
	for stream.Receive() {
		for _, delta := range stream.Chunk().GetDeltas() {
			fmt.Print(delta.GetContent())
		}
	}
	if err := stream.Err(); err != nil {
		log.Fatal(err) // what was printed is not proven to be the whole answer
	}
	fmt.Println(stream.Sealed().Text)
}

func ExampleStream_All() {
	var stream *countersign.Stream[*inferencev1.ChatChunk] // of Client.StreamChat
	if stream == nil {
		return
	}
	for chunk, err := range stream.All() {
		if err != nil {
			log.Fatal(err)
		}
		for _, delta := range chunk.GetDeltas() {
			fmt.Print(delta.GetContent())
		}
	}
}

func ExampleVerifyingTransport() {
	transport, err := countersign.NewVerifyingTransport("https://gateway.example/v1", countersign.UnattestedKeyset())
	if err != nil {
		log.Fatal(err)
	}
	// OpenAI SDKs take an http.Client, too.
	httpClient := &http.Client{Transport: transport}
	request, err := http.NewRequest(http.MethodPost, "https://gateway.example/v1/chat/completions",
		strings.NewReader(`{"model":"demo","messages":[{"role":"user","content":"Hello!"}]}`))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer token")
	request.Header.Set("Content-Type", "application/json")
	response, err := httpClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.ReadAll(response.Body); err != nil {
		log.Fatal(err) // in place of io.EOF: the answer is not what the gateway signed
	}
}

func ExampleCodeOf() {
	err := fmt.Errorf("asking the model: %w", fault.New(fault.SealMissing, "the stream ended without a seal"))
	switch countersign.CodeOf(err) {
	case fault.SealMissing:
		fmt.Println("cut off")
	case fault.CallUnavailable:
		fmt.Println("try again")
	}
	var failed *countersign.Error
	if errors.As(err, &failed) {
		fmt.Println(failed)
	}
	// Output:
	// cut off
	// [seal.missing] the stream ended without a seal
}
