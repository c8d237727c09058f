package countersign

import (
	"context"

	"connectrpc.com/connect"

	"countersign.dev/countersign/clients/go/signing"
	attestationv1 "countersign.dev/countersign/gen/go/countersign/attestation/v1"
)

// Keyset returns the trusted keyset and fetches it if it has to. It is as trusted as the [Trust] the client was made
// with says.
func (c *Client) Keyset(ctx context.Context) (*signing.Keyset, error) {
	return c.keyring.get(ctx)
}

// fetchKeyset fetches the keyset with that digest, or the current one if digest is empty.
func (c *Client) fetchKeyset(ctx context.Context, digest []byte) ([]byte, error) {
	// The caller's call info, if there is one, is for the caller's call.
	ctx, _ = connect.NewClientContext(ctx)
	response, err := c.attestation.GetKeyset(ctx, &attestationv1.GetKeysetRequest{Digest: digest})
	if err != nil {
		return nil, callError(ctx, err)
	}
	return response.GetKeyset(), nil
}
