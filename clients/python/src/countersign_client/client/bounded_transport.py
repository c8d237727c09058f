"""HTTP transports that bound the body of a unary response, which the RPC library reads whole before it looks."""

from collections.abc import AsyncIterator, Iterator
from typing import Final

from connectrpc.code import Code
from connectrpc.errors import ConnectError
from pyqwest import Headers, Request, Response, SyncRequest, SyncResponse, SyncTransport, Transport

# Streams are enveloped: there the RPC library bounds each message by its length prefix.
_ENVELOPED: Final = ("application/grpc", "application/connect+")


class BoundedSyncTransport:
    """A transport whose responses end with `resource_exhausted` when their body grows over a limit."""

    def __init__(self, inner: SyncTransport, limit: int) -> None:
        """Wrap `inner`; `limit` is in bytes."""
        self._inner = inner
        self._limit = limit

    def execute_sync(self, request: SyncRequest) -> SyncResponse:
        """Execute the request."""
        response = self._inner.execute_sync(request)
        if _is_enveloped(response.headers):
            return response
        return SyncResponse(
            status=response.status,
            http_version=response.http_version,
            headers=response.headers,
            content=self._bounded(response),
        )

    def _bounded(self, response: SyncResponse) -> Iterator[bytes]:
        with response:
            size = 0
            for piece in response.content:
                size += len(piece)
                _check(size, self._limit)
                yield bytes(piece)


class BoundedTransport:
    """The async form of `BoundedSyncTransport`."""

    def __init__(self, inner: Transport, limit: int) -> None:
        """Wrap `inner`; `limit` is in bytes."""
        self._inner = inner
        self._limit = limit

    async def execute(self, request: Request) -> Response:
        """Execute the request."""
        response = await self._inner.execute(request)
        if _is_enveloped(response.headers):
            return response
        return Response(
            status=response.status,
            http_version=response.http_version,
            headers=response.headers,
            content=self._bounded(response),
        )

    async def _bounded(self, response: Response) -> AsyncIterator[bytes]:
        async with response:
            size = 0
            async for piece in response.content:
                size += len(piece)
                _check(size, self._limit)
                yield bytes(piece)


def _is_enveloped(headers: Headers) -> bool:
    return headers.get("content-type", "").startswith(_ENVELOPED)


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise ConnectError(Code.RESOURCE_EXHAUSTED, f"the response is larger than {limit} bytes")
