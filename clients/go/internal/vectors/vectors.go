// Package vectors reads the test vectors that the client languages share.
package vectors

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Hex is binary that a vector file spells as lower-case hex.
type Hex []byte

// UnmarshalJSON reads the hex digits.
func (h *Hex) UnmarshalJSON(text []byte) error {
	var digits string
	if err := json.Unmarshal(text, &digits); err != nil {
		return err
	}
	decoded, err := hex.DecodeString(digits)
	*h = decoded
	return err
}

// Call is what the client sent and so expects.
type Call struct {
	Method         string `json:"method"`
	Model          string `json:"model"`
	RequestPayload Hex    `json:"request_payload"`
	// Constraints is a serialised Constraints; nil: none were sent.
	Constraints *Hex `json:"constraints"`
}

// Signature is a signature with the id of its key.
type Signature struct {
	KeyID string `json:"key_id"`
	Value Hex    `json:"value"`
}

// Transcript is an honest stream.
type Transcript struct {
	Name          string    `json:"name"`
	Call          Call      `json:"call"`
	Status        string    `json:"status"`
	Payloads      []Hex     `json:"payloads"`
	RequestDigest Hex       `json:"request_digest"`
	InitialHash   Hex       `json:"initial_hash"`
	RunningHashes []Hex     `json:"running_hashes"`
	BodyDigest    Hex       `json:"body_digest"`
	Metadata      Hex       `json:"metadata"`
	SignedText    string    `json:"signed_text"`
	EIP191Digest  Hex       `json:"eip191_digest"`
	ECDSA         Signature `json:"ecdsa"`
	Ed25519       Signature `json:"ed25519"`
	Messages      []Hex     `json:"messages"`
	Code          *string   `json:"code"`
}

// Negative is a stream that has to be refused.
type Negative struct {
	Name           string `json:"name"`
	Call           Call   `json:"call"`
	Keyset         Hex    `json:"keyset"`
	Messages       []Hex  `json:"messages"`
	Code           string `json:"code"`
	VerifiedChunks int    `json:"verified_chunks"`
}

// Unary is an answer of a unary call.
type Unary struct {
	Name     string  `json:"name"`
	Call     Call    `json:"call"`
	Response Hex     `json:"response"`
	Code     *string `json:"code"`
}

// Key is a test key.
type Key struct {
	ID        string `json:"id"`
	Secret    Hex    `json:"secret"`
	PublicKey Hex    `json:"public_key"`
}

// TranscriptFile is transcript.json.
type TranscriptFile struct {
	VerifyAtUnixMs int64          `json:"verify_at_unix_ms"`
	Keys           map[string]Key `json:"keys"`
	Keyset         Hex            `json:"keyset"`
	KeysetDigest   Hex            `json:"keyset_digest"`
	Transcripts    []Transcript   `json:"transcripts"`
	Negatives      []Negative     `json:"negatives"`
	Unary          []Unary        `json:"unary"`
}

// KeysetFile is keysets.json.
type KeysetFile struct {
	Keysets []struct {
		Name   string  `json:"name"`
		Bytes  Hex     `json:"bytes"`
		Digest Hex     `json:"digest"`
		Code   *string `json:"code"`
	} `json:"keysets"`
}

// SignatureCase is a signature that holds or does not.
type SignatureCase struct {
	Name      string `json:"name"`
	Text      string `json:"text"`
	PublicKey Hex    `json:"public_key"`
	Signature Hex    `json:"signature"`
	Valid     bool   `json:"valid"`
}

// SignatureFile is signatures.json.
type SignatureFile struct {
	EIP191 []struct {
		Text   string `json:"text"`
		Digest Hex    `json:"digest"`
	} `json:"eip191"`
	ECDSA     []SignatureCase `json:"ecdsa"`
	Ed25519   []SignatureCase `json:"ed25519"`
	Addresses []struct {
		PublicKey Hex    `json:"public_key"`
		Address   string `json:"address"`
	} `json:"addresses"`
	ResponseTexts []struct {
		Text   string `json:"text"`
		Parsed *struct {
			Form      string `json:"form"`
			Status    string `json:"status"`
			Model     string `json:"model"`
			Request   string `json:"request"`
			BytesSent string `json:"bytes_sent"`
			Response  string `json:"response"`
		} `json:"parsed"`
	} `json:"response_texts"`
}

// ErrorFile is errors.json.
type ErrorFile struct {
	Codes map[string]string `json:"codes"`
}

// Load reads the file of that name. A missing or unreadable file fails the test.
func Load[F any](tb testing.TB, name string) *F {
	tb.Helper()
	_, here, _, ok := runtime.Caller(0)
	if !ok {
		tb.Fatal("the test does not know where it is")
	}
	path := filepath.Join(filepath.Dir(here), "..", "..", "..", "..", "test", "vectors", name)
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	file := new(F)
	if err := json.Unmarshal(text, file); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return file
}
