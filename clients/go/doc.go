// Package countersign is the Go client of Countersign, a confidential-inference gateway that proves every answer.
//
// A [Client] speaks Connect, gRPC or gRPC-Web. It hashes each request before sending it, checks the running hash of every
// chunk before decoding it, and verifies the checkpoints and both signatures of the seal. An answer without a valid seal
// is an error, never a short answer.
//
// [VerifyingTransport] does the same for OpenAI-style REST calls: give it to an [net/http.Client] and hand that to an
// OpenAI SDK.
//
// Every error is a [Error] with one of a closed set of codes, which the package fault lists. What this package does not
// do yet: verify the attestation evidence behind a keyset. Until then a [Trust] names the keyset.
package countersign
