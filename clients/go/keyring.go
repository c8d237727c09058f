package countersign

import (
	"context"
	"sync"

	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/signing"
)

// keyring keeps the trusted keyset. It is safe for concurrent use.
type keyring struct {
	trust Trust
	fetch func(ctx context.Context, digest []byte) ([]byte, error)
	// turn lets one caller fetch at a time; a channel, so that waiting ends with the caller's context.
	turn chan struct{}

	mu     sync.Mutex
	keyset *signing.Keyset
}

func newKeyring(trust Trust, fetch func(ctx context.Context, digest []byte) ([]byte, error)) *keyring {
	return &keyring{trust: trust, fetch: fetch, turn: make(chan struct{}, 1)}
}

// get returns the trusted keyset and fetches it if it has to.
func (k *keyring) get(ctx context.Context) (*signing.Keyset, error) {
	if keyset := k.known(); keyset != nil {
		return keyset, nil
	}
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return nil, callError(ctx, ctx.Err())
	}
	if keyset := k.known(); keyset != nil {
		return keyset, nil
	}
	serialised := k.trust.serialised
	if serialised == nil {
		var err error
		if serialised, err = k.fetch(ctx, k.trust.pin); err != nil {
			return nil, err
		}
	}
	keyset, err := k.trust.open(serialised)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keyset = keyset
	return keyset, nil
}

// review forgets an unattested keyset after an error that says the gateway signs with another one, so that the next call
// fetches again and a client outlives a rotation. A keyset the caller vouched for stays what it is.
func (k *keyring) review(err error) {
	if !k.trust.unattested {
		return
	}
	switch CodeOf(err) {
	case fault.KeysetUntrusted, fault.KeysetKey, fault.ResponseSignature:
		k.mu.Lock()
		defer k.mu.Unlock()
		k.keyset = nil
	default:
	}
}

func (k *keyring) known() *signing.Keyset {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keyset
}
