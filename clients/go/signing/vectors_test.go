package signing_test

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"

	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/internal/vectors"
	"countersign.dev/countersign/clients/go/signing"
)

func TestEIP191Digest(t *testing.T) {
	t.Parallel()
	for _, vector := range load(t).EIP191 {
		if got := signing.EIP191Digest(vector.Text); !bytes.Equal(got[:], vector.Digest) {
			t.Errorf("%.40q: %x, want %x", vector.Text, got, []byte(vector.Digest))
		}
	}
}

func TestVerifyECDSA(t *testing.T) {
	t.Parallel()
	checkSignatures(t, load(t).ECDSA, signing.VerifyECDSA)
}

func TestVerifyEd25519(t *testing.T) {
	t.Parallel()
	checkSignatures(t, load(t).Ed25519, signing.VerifyEd25519)
}

func checkSignatures(t *testing.T, cases []vectors.SignatureCase, verify func([]byte, string, []byte) bool) {
	t.Helper()
	var valid, invalid int
	for _, vector := range cases {
		if got := verify(vector.Signature, vector.Text, vector.PublicKey); got != vector.Valid {
			t.Errorf("%s: %t, want %t", vector.Name, got, vector.Valid)
		}
		if vector.Valid {
			valid++
		} else {
			invalid++
		}
	}
	if valid == 0 || invalid == 0 {
		t.Errorf("%d valid and %d invalid vectors: both are needed", valid, invalid)
	}
}

// The text, the keys and the signatures of systems in the field that sign the same way; the Ed25519 key is that of RFC
// 8032, section 7.1, test 1.
func TestSignaturesOfPeers(t *testing.T) {
	t.Parallel()
	text := "test-model:" + strings.Repeat("a", 64) + ":" + strings.Repeat("b", 64)
	ecdsaKey := unhex(t, "04dbdac57b8af58ecca52cf3a2ba18c9930e9ab24735d700005695ef5d55cd9fde9aba1e3ef0930f669356198f2059bd9eed082ef49bae5d5d5b713f6ba7d58215")
	ecdsaSignature := unhex(t, "e7a5cb500052c56dea11c5febc191d604e49824b1638c6cada8a6543aba6bd9c24d5acbbbd988daf18bd19dcfddeab4957dc8fdb47ac6962a9b9dcdf2fc9811b1c")
	ed25519Key := unhex(t, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
	ed25519Signature := unhex(t, "5391b09953b8c78d1984c8b9a40406e7b0d9c454eac9b2d298b9cfb0bad5b38afeeb0adcc043760060d68408793a7190ecaad28c876592368f35f9c4871bad0c")
	if digest := signing.EIP191Digest(text); hex.EncodeToString(digest[:]) != "bc7fdc8b9e3b70ba27913c6c00651564b1ef32f09bcc4c8b8c777eccb9d29b29" {
		t.Errorf("EIP-191 digest %x", digest)
	}
	if !signing.VerifyECDSA(ecdsaSignature, text, ecdsaKey) {
		t.Error("the ECDSA signature does not verify")
	}
	if !signing.VerifyEd25519(ed25519Signature, text, ed25519Key) {
		t.Error("the Ed25519 signature does not verify")
	}
	if address, ok := signing.EthereumAddress(ecdsaKey); !ok || address != "0x3ed6ccba6214d782c3f654458e5ece22392c01fd" {
		t.Errorf("address %q", address)
	}
}

func TestEthereumAddress(t *testing.T) {
	t.Parallel()
	for _, vector := range load(t).Addresses {
		if got, ok := signing.EthereumAddress(vector.PublicKey); !ok || got != vector.Address {
			t.Errorf("%q, %t, want %q", got, ok, vector.Address)
		}
	}
	if _, ok := signing.EthereumAddress(make([]byte, 65)); ok {
		t.Error("65 zero bytes have an address")
	}
}

func TestParseKeyset(t *testing.T) {
	t.Parallel()
	keysets := vectors.Load[vectors.KeysetFile](t, "keysets.json").Keysets
	if len(keysets) == 0 {
		t.Fatal("no vectors")
	}
	for _, vector := range keysets {
		keyset, err := signing.ParseKeyset(vector.Bytes)
		if vector.Code != nil {
			if got := fault.CodeOf(err); string(got) != *vector.Code {
				t.Errorf("%s: %v, want %s", vector.Name, err, *vector.Code)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", vector.Name, err)
			continue
		}
		if digest := keyset.Digest(); !bytes.Equal(digest[:], vector.Digest) {
			t.Errorf("%s: digest %x, want %x", vector.Name, digest, []byte(vector.Digest))
		}
	}
}

func TestParseResponseText(t *testing.T) {
	t.Parallel()
	forms := map[string]signing.ResponseTextForm{
		"model-request-response": signing.ModelRequestResponse,
		"request-response":       signing.RequestResponse,
		"incomplete":             signing.IncompleteResponse,
	}
	texts := load(t).ResponseTexts
	if len(texts) == 0 {
		t.Fatal("no vectors")
	}
	for _, vector := range texts {
		parsed, ok := signing.ParseResponseText(vector.Text)
		if vector.Parsed == nil {
			if ok {
				t.Errorf("%.60q was read as %+v", vector.Text, parsed)
			}
			continue
		}
		want := signing.ResponseText{
			Form:     forms[vector.Parsed.Form],
			Status:   vector.Parsed.Status,
			Model:    vector.Parsed.Model,
			Request:  vector.Parsed.Request,
			Response: vector.Parsed.Response,
		}
		if vector.Parsed.BytesSent != "" {
			bytesSent, err := strconv.ParseUint(vector.Parsed.BytesSent, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			want.BytesSent = bytesSent
		}
		if !ok || parsed != want {
			t.Errorf("%.60q: %+v, want %+v", vector.Text, parsed, want)
		}
	}
}

func load(t *testing.T) *vectors.SignatureFile {
	t.Helper()
	return vectors.Load[vectors.SignatureFile](t, "signatures.json")
}

func unhex(t *testing.T, digits string) []byte {
	t.Helper()
	decoded, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}
