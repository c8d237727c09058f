"""A body that is too large is not read to its end."""

from collections.abc import Iterator

import pytest
from connectrpc.errors import ConnectError
from pyqwest import Headers, SyncRequest, SyncResponse

from countersign_client.client.bounded_transport import BoundedSyncTransport


class Endless:
    """A transport whose responses never end."""

    def __init__(self, content_type: str) -> None:
        self.pieces = 0
        self._content_type = content_type

    def execute_sync(self, request: SyncRequest) -> SyncResponse:
        return SyncResponse(status=200, headers=Headers([("content-type", self._content_type)]), content=self._body())

    def _body(self) -> Iterator[bytes]:
        while True:
            self.pieces += 1
            yield bytes(1000)


def test_a_unary_body_ends_at_the_limit() -> None:
    inner = Endless("application/proto")
    response = BoundedSyncTransport(inner, 10_000).execute_sync(SyncRequest("POST", "http://127.0.0.1:9/"))
    with pytest.raises(ConnectError):
        list(response.content)
    assert inner.pieces == 11


@pytest.mark.parametrize(
    "content_type", ["application/connect+proto", "application/grpc", "application/grpc-web+proto"]
)
def test_streams_have_other_limits(content_type: str) -> None:
    response = BoundedSyncTransport(Endless(content_type), 10).execute_sync(SyncRequest("POST", "http://127.0.0.1:9/"))
    content = iter(response.content)
    assert [len(next(content)) for _ in range(5)] == [1000] * 5
    response.close()
