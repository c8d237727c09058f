package countersign

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"google.golang.org/protobuf/proto"

	"countersign.dev/countersign/clients/go/internal/vectors"
	envelopev1 "countersign.dev/countersign/gen/go/countersign/envelope/v1"
	transcriptv1 "countersign.dev/countersign/gen/go/countersign/transcript/v1"
)

// These tests read the envelope vectors with nothing but the standard library and the normative text in
// countersign/envelope/v1/envelope.proto: the HPKE here is not the one that other implementations use.

type envelopeRequest struct {
	Name          string       `json:"name"`
	Method        string       `json:"method"`
	Model         string       `json:"model"`
	Constraints   *vectors.Hex `json:"constraints"`
	CreatedUnixMs uint64       `json:"created_unix_ms"`
	Input         vectors.Hex  `json:"input"`
	Context       vectors.Hex  `json:"context"`
	Envelope      vectors.Hex  `json:"envelope"`
	RequestDigest vectors.Hex  `json:"request_digest"`
	AnswerSecret  vectors.Hex  `json:"answer_secret"`
}

type envelopeFile struct {
	RecipientSecret vectors.Hex       `json:"recipient_secret"`
	KeyID           string            `json:"key_id"`
	Keyset          vectors.Hex       `json:"keyset"`
	KeysetDigest    vectors.Hex       `json:"keyset_digest"`
	Requests        []envelopeRequest `json:"requests"`
	RefusedRequests []envelopeRequest `json:"refused_requests"`
	Answers         []struct {
		Name     string         `json:"name"`
		Contents []*vectors.Hex `json:"contents"`
		Chunks   []vectors.Hex  `json:"chunks"`
	} `json:"answers"`
	Error struct {
		Salt       vectors.Hex `json:"salt"`
		Ciphertext vectors.Hex `json:"ciphertext"`
		Message    string      `json:"message"`
	} `json:"error"`
	RefusedAnswers []struct {
		Name   string        `json:"name"`
		Chunks []vectors.Hex `json:"chunks"`
		Opened int           `json:"opened"`
		Code   string        `json:"code"`
	} `json:"refused_answers"`
}

func TestEnvelopeRequestsOfTheVectors(t *testing.T) {
	t.Parallel()
	file := vectors.Load[envelopeFile](t, "envelope.json")
	for _, vector := range file.Requests {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			plaintext, secret := openEnvelope(t, file, vector)
			if got := binary.BigEndian.Uint64(plaintext); got != vector.CreatedUnixMs {
				t.Errorf("created at %d, not %d", got, vector.CreatedUnixMs)
			}
			input, ok := unpad(plaintext, 8, 1024)
			if !ok || !bytes.Equal(input, vector.Input) {
				t.Errorf("opened to %x", input)
			}
			if !bytes.Equal(secret, vector.AnswerSecret) {
				t.Errorf("exported %x", secret)
			}
		})
	}
	for _, vector := range file.RefusedRequests {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			plaintext, _ := openEnvelope(t, file, vector)
			if _, ok := unpad(plaintext, 8, 1024); ok {
				t.Error("its form keeps the rules")
			}
		})
	}
}

func TestEnvelopeAnswersOfTheVectors(t *testing.T) {
	t.Parallel()
	file := vectors.Load[envelopeFile](t, "envelope.json")
	for _, vector := range file.Answers {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			contents, code := readAnswer(t, file.Requests[0], vector.Chunks)
			if code != "" || len(contents) != len(vector.Contents) {
				t.Fatalf("%d chunks, code %q", len(contents), code)
			}
			for index, want := range vector.Contents {
				if (want == nil) != (len(contents[index]) == 0) || want != nil && !bytes.Equal(contents[index], *want) {
					t.Errorf("chunk %d opened to %x", index+1, contents[index])
				}
			}
		})
	}
	for _, vector := range file.RefusedAnswers {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			contents, code := readAnswer(t, file.Requests[0], vector.Chunks)
			if code != vector.Code || len(contents) != vector.Opened {
				t.Errorf("%d chunks, code %q; not %d, %q", len(contents), code, vector.Opened, vector.Code)
			}
		})
	}
	t.Run("error", func(t *testing.T) {
		t.Parallel()
		request := file.Requests[0]
		key, base := answerKeys(t, request, file.Error.Salt)
		plaintext, err := key.Open(nil, base, file.Error.Ciphertext, concat("error\x00", request.Context, request.RequestDigest))
		if err != nil {
			t.Fatal(err)
		}
		details := &envelopev1.ErrorDetails{}
		content, ok := unpad(plaintext, 1, 1024)
		if err := proto.Unmarshal(content, details); !ok || err != nil || plaintext[0] != 2 {
			t.Fatalf("the details cannot be read: %v", err)
		}
		if details.GetMessage() != file.Error.Message {
			t.Errorf("message %q", details.GetMessage())
		}
	})
}

// openEnvelope opens a request of the vectors, whatever the form of its plaintext, and exports the answer's secret.
func openEnvelope(t *testing.T, file *envelopeFile, vector envelopeRequest) (plaintext, secret []byte) {
	t.Helper()
	if digest := sha256.Sum256(vector.Envelope); !bytes.Equal(digest[:], vector.RequestDigest) {
		t.Errorf("the request digest is %x", digest)
	}
	sealed := &envelopev1.SealedRequest{}
	if err := proto.Unmarshal(vector.Envelope, sealed); err != nil {
		t.Fatal(err)
	}
	keysetDigest := sha256.Sum256(file.Keyset)
	if !bytes.Equal(keysetDigest[:], file.KeysetDigest) {
		t.Errorf("the keyset's digest is %x", keysetDigest)
	}
	if sealed.GetKeyId() != file.KeyID || !bytes.Equal(sealed.GetKeysetDigest(), keysetDigest[:]) {
		t.Error("the request is for another key")
	}
	version := []byte("countersign.envelope.v1\x00")
	context := sha256.Sum256(concat(
		string(version), keysetDigest[:], prefixed([]byte(file.KeyID)), prefixed([]byte(vector.Method)),
		prefixed([]byte(vector.Model)), prefixed(constraintBytes(t, vector.Constraints)),
	))
	if !bytes.Equal(context[:], vector.Context) {
		t.Fatalf("the context is %x", context)
	}
	private, err := ecdh.X25519().NewPrivateKey(file.RecipientSecret)
	if err != nil {
		t.Fatal(err)
	}
	key, err := hpke.NewDHKEMPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	info := append(version, context[:]...)
	recipient, err := hpke.NewRecipient(sealed.GetEncapsulatedKey(), key, hpke.HKDFSHA256(), hpke.AES256GCM(), info)
	if err != nil {
		t.Fatal(err)
	}
	if plaintext, err = recipient.Open(concat("request\x00", context[:]), sealed.GetCiphertext()); err != nil {
		t.Fatal(err)
	}
	if secret, err = recipient.Export("countersign.envelope.v1 response", 32); err != nil {
		t.Fatal(err)
	}
	return plaintext, secret
}

// readAnswer opens chunks until one fails, as a client has to, and names the code it raises.
func readAnswer(t *testing.T, request envelopeRequest, chunks []vectors.Hex) (contents [][]byte, code string) {
	t.Helper()
	var key cipher.AEAD
	var base []byte
	final := false
	for index, chunk := range chunks {
		if final {
			return contents, "envelope.frame"
		}
		if key == nil {
			if len(chunk) < 32 {
				return contents, "envelope.chunk"
			}
			key, base = answerKeys(t, request, chunk[:32])
			chunk = chunk[32:]
		}
		sequence := binary.BigEndian.AppendUint64(nil, uint64(index)+1)
		nonce := bytes.Clone(base)
		for at, octet := range sequence {
			nonce[4+at] ^= octet
		}
		plaintext, err := key.Open(nil, nonce, chunk, concat("chunk\x00", request.Context, request.RequestDigest, sequence))
		if err != nil {
			return contents, "envelope.chunk"
		}
		content, ok := unpad(plaintext, 1, 256)
		if !ok || plaintext[0] > 1 {
			return contents, "envelope.frame"
		}
		final = plaintext[0] == 1
		contents = append(contents, content)
	}
	if !final {
		return contents, "envelope.truncated"
	}
	return contents, ""
}

// answerKeys derives the key and the base nonce of an answer (RFC 9458, 4.4).
func answerKeys(t *testing.T, request envelopeRequest, salt []byte) (key cipher.AEAD, base []byte) {
	t.Helper()
	sealed := &envelopev1.SealedRequest{}
	if err := proto.Unmarshal(request.Envelope, sealed); err != nil {
		t.Fatal(err)
	}
	prk, err := hkdf.Extract(sha256.New, request.AnswerSecret, append(bytes.Clone(sealed.GetEncapsulatedKey()), salt...))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := hkdf.Expand(sha256.New, prk, "key", 32)
	if err != nil {
		t.Fatal(err)
	}
	if base, err = hkdf.Expand(sha256.New, prk, "nonce", 12); err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		t.Fatal(err)
	}
	if key, err = cipher.NewGCM(block); err != nil {
		t.Fatal(err)
	}
	return key, base
}

// unpad returns the content of a plaintext, and whether its form keeps the rules.
func unpad(plaintext []byte, head, smallest int) ([]byte, bool) {
	if len(plaintext) < head+4 {
		return nil, false
	}
	end := head + 4 + int(binary.BigEndian.Uint32(plaintext[head:]))
	if end > len(plaintext) || len(bytes.Trim(plaintext[end:], "\x00")) > 0 {
		return nil, false
	}
	size := smallest
	for size < end {
		if size < 1<<20 {
			size *= 2
		} else {
			size += 1 << 20
		}
	}
	return plaintext[head+4 : end], size == len(plaintext)
}

// constraintBytes writes constraints down as the context holds them.
func constraintBytes(t *testing.T, serialised *vectors.Hex) []byte {
	t.Helper()
	if serialised == nil {
		return nil
	}
	constraints := &transcriptv1.Constraints{}
	if err := proto.Unmarshal(*serialised, constraints); err != nil {
		t.Fatal(err)
	}
	var all []byte
	add := func(number uint32, isSet bool, value []byte) {
		if isSet {
			all = append(binary.BigEndian.AppendUint32(all, number), prefixed(value)...)
		}
	}
	var sessions []byte
	for _, id := range constraints.GetSessionIds() {
		sessions = append(sessions, prefixed([]byte(id))...)
	}
	digest := constraints.GetModelDigest()
	add(1, constraints.GetRequireVerifiedUpstream(), []byte{1})
	add(2, len(sessions) > 0, sessions)
	add(3, digest != nil, append(binary.BigEndian.AppendUint32(nil, uint32(digest.GetKind())), digest.GetValue()...))
	add(4, constraints.GetForbidServerSideTools(), []byte{1})
	add(5, constraints.GetReproducible(), []byte{1})
	add(6, constraints.GetRequireEnvelope(), []byte{1})
	return all
}

func prefixed(value []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(value))), value...)
}

func concat(label string, parts ...[]byte) []byte {
	return append([]byte(label), bytes.Join(parts, nil)...)
}
