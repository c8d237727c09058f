package main

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	countersign "countersign.dev/countersign/clients/go"
	"countersign.dev/countersign/clients/go/transcript"
)

// outcome is what came of one call.
type outcome struct {
	ID       json.RawMessage `json:"id,omitempty"`
	Case     string          `json:"case"`
	Protocol string          `json:"protocol"`
	HTTP     string          `json:"http"`

	// Text is the verified text, Chunks the number of verified chunks.
	Text         string `json:"text"`
	Chunks       int    `json:"chunks"`
	Checkpointed uint64 `json:"checkpointed"`
	// Status is that of the verified seal; empty if there was none.
	Status string `json:"status"`
	// FailureReason is that of the verified seal; empty if the answer was complete.
	FailureReason string `json:"failure_reason"`
	RequestDigest string `json:"request_digest,omitempty"`
	ReceiptID     string `json:"receipt_id,omitempty"`
	ResponseID    string `json:"response_id,omitempty"`
	// Code is that of the error; empty if the answer was complete.
	Code    string `json:"code"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
	// Header and Trailer are the names of the metadata, lower case, sorted.
	Header    []string `json:"header"`
	Trailer   []string `json:"trailer"`
	ElapsedMs int64    `json:"elapsed_ms"`
}

func (o *outcome) seal(sealed *transcript.Sealed) {
	if sealed == nil {
		return
	}
	o.Status = sealed.StatusName()
	o.FailureReason = sealed.Metadata.GetFailureReason()
	o.RequestDigest = hex.EncodeToString(sealed.RequestDigest[:])
	o.ReceiptID = sealed.Metadata.GetReceiptId()
	o.ResponseID = sealed.Metadata.GetResponseId()
}

func (o *outcome) fail(err error) {
	o.Code = string(countersign.CodeOf(err))
	o.Reason = countersign.Reason(err)
	o.Message = err.Error()
}

func names(metadata http.Header) []string {
	found := make([]string, 0, len(metadata))
	for name := range metadata {
		name = strings.ToLower(name)
		// Those belong to the protocol and not to the call.
		if !strings.HasPrefix(name, "grpc-") && !strings.HasPrefix(name, "connect-") {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}
