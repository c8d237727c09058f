"""The async transport."""

from collections.abc import AsyncIterator

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


class AsyncVerifyingTransport(httpx2.AsyncBaseTransport):
    """The async form of `VerifyingTransport`."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, trust: Trust, options: RestOptions) -> None:
        """Wrap `inner`, which carries the requests and the lookups and is closed with this transport."""
        self._inner = inner
        self._keysets = KeysetCache(trust)
        self._options = options

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request.

        Raises:
            CountersignError: here, or while the response's body is read.
        """
        is_signed = prepare_request(request, self._options)
        # Read once and sent as read: what is hashed is what is sent, whatever the caller passed as a body.
        await request.aread()
        response = await self._inner.handle_async_request(request)
        try:
            refuse_redirect(response)
        except CountersignError:
            await response.aclose()
            raise
        if not is_signed or is_error(response):
            return response
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_VerifiedStream(self, request, response, ResponseCheck(request, response, self._options)),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

    async def verify(self, request: httpx2.Request, identifier: str, check: ResponseCheck) -> None:
        """Look up both signatures of an answer that has ended, and verify it."""
        keyset = await self._keyset()
        ecdsa = await self._signature(request, identifier, "ecdsa")
        ed25519 = await self._signature(request, identifier, "ed25519")
        try:
            check.verify(ecdsa, ed25519, keyset)
        except CountersignError as error:
            self._keysets.note_failure(error)
            raise

    async def _keyset(self) -> Keyset:
        if self._keysets.current is not None:
            return self._keysets.current
        try:
            status, body = await self._fetch(keyset_request(self._options, self._keysets.wanted_digest))
        except httpx2.TransportError as error:
            raise CountersignError("call.unavailable", "the keyset could not be fetched") from error
        return self._keysets.accept(read_keyset(status, body))

    async def _signature(self, request: httpx2.Request, identifier: str, algorithm: Algorithm) -> SignatureAnswer:
        lookup = signature_request(self._options, identifier, algorithm, request.headers.get("authorization"))
        try:
            status, body = await self._fetch(lookup)
        except httpx2.TransportError as error:
            raise CountersignError(
                "response.signature_missing", f"the lookup of the {algorithm} signature failed"
            ) from error
        return read_signature(status, body, algorithm)

    async def _fetch(self, request: httpx2.Request) -> tuple[int, bytes]:
        response = await self._inner.handle_async_request(request)
        try:
            refuse_redirect(response)
            held = HeldBytes(MAX_LOOKUP_BYTES)
            async for piece in response.aiter_raw():
                held.push(piece)
        finally:
            await response.aclose()
        return response.status_code, held.release()


class _VerifiedStream(httpx2.AsyncByteStream):
    def __init__(
        self,
        transport: AsyncVerifyingTransport,
        request: httpx2.Request,
        response: httpx2.Response,
        check: ResponseCheck,
    ) -> None:
        self._transport = transport
        self._request = request
        self._response = response
        self._check = check

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._response.aiter_raw():
                passed = self._check.take(piece)
                if passed:
                    yield passed
        except httpx2.TimeoutException:
            raise
        except httpx2.TransportError as error:
            raise CountersignError("response.truncated", "the answer broke off; do not use it") from error
        identifier, rest = self._check.end()
        await self._transport.verify(self._request, identifier, self._check)
        if rest:
            yield rest

    async def aclose(self) -> None:
        await self._response.aclose()
