package signing

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// ResponseTextForm is one of the three forms of the text that is signed for a REST answer.
type ResponseTextForm int

const (
	// ModelRequestResponse is `model:request:response`, a complete answer.
	ModelRequestResponse ResponseTextForm = iota + 1
	// RequestResponse is `request:response`, a complete answer.
	RequestResponse
	// IncompleteResponse is `countersign.response.v1:<status>:<model>:<request>:<bytes sent>:<response>`, an answer that
	// did not complete.
	IncompleteResponse
)

// ResponseText is a parsed text of a REST answer.
type ResponseText struct {
	// Form says which of the other fields are set.
	Form ResponseTextForm
	// Status is `upstream_failed` or `cancelled` in IncompleteResponse, else empty.
	Status string
	// Model is the model's name at the gateway; empty in RequestResponse.
	Model string
	// Request is the SHA-256 of the request body, lower-case hex.
	Request string
	// BytesSent is the length of the body in IncompleteResponse.
	BytesSent uint64
	// Response is the SHA-256 of the response body, lower-case hex.
	Response string
}

// Anchored at both ends, and split from the right: digests hold no colon, a model name may hold any number of them.
var (
	twoParts   = regexp.MustCompile(`\A([0-9a-f]{64}):([0-9a-f]{64})\z`)
	threeParts = regexp.MustCompile(`(?s)\A(.+):([0-9a-f]{64}):([0-9a-f]{64})\z`)
	incomplete = regexp.MustCompile(`(?s)\Acountersign\.response\.v1:(upstream_failed|cancelled):(.+):` +
		`([0-9a-f]{64}):(0|[1-9][0-9]{0,19}):([0-9a-f]{64})\z`)
)

// reservedPrefix begins all texts of our own; a gateway refuses a model name that begins with it.
const reservedPrefix = "countersign."

// ParseResponseText reads the signed text of a REST answer. ok is false if the text has none of the three forms. A text
// that begins with `countersign.` is never read as one of the forms of a complete answer.
//
// The text is attacker-controlled; its length is bounded by whoever read it.
func ParseResponseText(text string) (parsed ResponseText, ok bool) {
	if parts := twoParts.FindStringSubmatch(text); parts != nil {
		return ResponseText{Form: RequestResponse, Request: parts[1], Response: parts[2]}, true
	}
	if strings.HasPrefix(text, reservedPrefix) {
		return parseIncomplete(text)
	}
	parts := threeParts.FindStringSubmatch(text)
	if parts == nil || isReservedModel(parts[1]) {
		return ResponseText{}, false
	}
	return ResponseText{Form: ModelRequestResponse, Model: parts[1], Request: parts[2], Response: parts[3]}, true
}

func parseIncomplete(text string) (ResponseText, bool) {
	parts := incomplete.FindStringSubmatch(text)
	if parts == nil || isReservedModel(parts[2]) {
		return ResponseText{}, false
	}
	bytesSent, err := strconv.ParseUint(parts[4], 10, 64)
	if err != nil {
		return ResponseText{}, false
	}
	return ResponseText{
		Form:      IncompleteResponse,
		Status:    parts[1],
		Model:     parts[2],
		Request:   parts[3],
		BytesSent: bytesSent,
		Response:  parts[5],
	}, true
}

// isReservedModel reports whether a gateway refuses this model name at configuration, so that a text with it was made
// by somebody else or means something else.
func isReservedModel(model string) bool {
	return strings.HasPrefix(model, reservedPrefix) || strings.ContainsFunc(model, unicode.IsControl)
}
