"""The sync transport."""

from collections.abc import Iterator

import httpx2

from countersign_client.errors import CountersignError
from countersign_client.rest.held_bytes import HeldBytes
from countersign_client.rest.lookup import (
    MAX_LOOKUP_BYTES,
    Algorithm,
    SignatureAnswer,
    keyset_request,
    read_keyset,
    read_signature,
    signature_request,
)
from countersign_client.rest.options import RestOptions
from countersign_client.rest.response_check import ResponseCheck, is_error, prepare_request, refuse_redirect
from countersign_client.signing import Keyset
from countersign_client.trust import KeysetCache, Trust


class VerifyingTransport(httpx2.BaseTransport):
    """An HTTP transport whose answers end well only if they verify."""

    def __init__(self, inner: httpx2.BaseTransport, trust: Trust, options: RestOptions) -> None:
        """Wrap `inner`, which carries the requests and the lookups and is closed with this transport."""
        self._inner = inner
        self._keysets = KeysetCache(trust)
        self._options = options

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request.

        Raises:
            CountersignError: here, or while the response's body is read.
        """
        is_signed = prepare_request(request, self._options)
        # Read once and sent as read: what is hashed is what is sent, whatever the caller passed as a body.
        request.read()
        response = self._inner.handle_request(request)
        try:
            refuse_redirect(response)
        except CountersignError:
            response.close()
            raise
        if not is_signed or is_error(response):
            return response
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_VerifiedStream(self, request, response, ResponseCheck(request, response, self._options)),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def verify(self, request: httpx2.Request, identifier: str, check: ResponseCheck) -> None:
        """Look up both signatures of an answer that has ended, and verify it."""
        keyset = self._keyset()
        ecdsa = self._signature(request, identifier, "ecdsa")
        ed25519 = self._signature(request, identifier, "ed25519")
        try:
            check.verify(ecdsa, ed25519, keyset)
        except CountersignError as error:
            self._keysets.note_failure(error)
            raise

    def _keyset(self) -> Keyset:
        if self._keysets.current is not None:
            return self._keysets.current
        try:
            status, body = self._fetch(keyset_request(self._options, self._keysets.wanted_digest))
        except httpx2.TransportError as error:
            raise CountersignError("call.unavailable", "the keyset could not be fetched") from error
        return self._keysets.accept(read_keyset(status, body))

    def _signature(self, request: httpx2.Request, identifier: str, algorithm: Algorithm) -> SignatureAnswer:
        lookup = signature_request(self._options, identifier, algorithm, request.headers.get("authorization"))
        try:
            status, body = self._fetch(lookup)
        except httpx2.TransportError as error:
            raise CountersignError(
                "response.signature_missing", f"the lookup of the {algorithm} signature failed"
            ) from error
        return read_signature(status, body, algorithm)

    def _fetch(self, request: httpx2.Request) -> tuple[int, bytes]:
        response = self._inner.handle_request(request)
        try:
            refuse_redirect(response)
            held = HeldBytes(MAX_LOOKUP_BYTES)
            for piece in response.iter_raw():
                held.push(piece)
        finally:
            response.close()
        return response.status_code, held.release()


class _VerifiedStream(httpx2.SyncByteStream):
    def __init__(
        self, transport: VerifyingTransport, request: httpx2.Request, response: httpx2.Response, check: ResponseCheck
    ) -> None:
        self._transport = transport
        self._request = request
        self._response = response
        self._check = check

    def __iter__(self) -> Iterator[bytes]:
        try:
            for piece in self._response.iter_raw():
                passed = self._check.take(piece)
                if passed:
                    yield passed
        except httpx2.TimeoutException:
            raise
        except httpx2.TransportError as error:
            raise CountersignError("response.truncated", "the answer broke off; do not use it") from error
        identifier, rest = self._check.end()
        self._transport.verify(self._request, identifier, self._check)
        if rest:
            yield rest

    def close(self) -> None:
        self._response.close()
