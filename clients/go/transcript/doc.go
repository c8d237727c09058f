// Package transcript follows one exchange as version `countersign.stream.v1` defines it: it computes the request digest
// and the running hashes from exactly the bytes sent and received, rebuilds the signed texts of checkpoints and seal,
// and verifies both signatures.
//
// It opens no connection. [Verifier] takes the messages of a stream in the order they arrived; the first failed check
// ends it.
package transcript
