"""How a client connects."""

from dataclasses import dataclass
from typing import Final, Literal, TypedDict
from urllib.parse import urlsplit

from connectrpc.compression import Compression
from connectrpc.protocol import ProtocolType
from pyqwest import Client as HttpClient
from pyqwest import HTTPTransport, HTTPVersion, SyncHTTPTransport
from pyqwest import SyncClient as SyncHttpClient

from countersign_client.client.bounded_transport import BoundedSyncTransport, BoundedTransport
from countersign_client.errors import CountersignError

Protocol = Literal["connect", "grpc", "grpc-web"]
"""The protocol of the calls. `grpc` needs HTTP/2."""

MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
"""Largest message taken from a gateway: 2048 vectors of 8192 floats. Larger ones end as `call.resource_exhausted`."""

CONNECT_TIMEOUT_S: Final = 10.0
"""How long a connection may take to come about, TLS included. Seconds."""

_TYPES: Final[dict[str, ProtocolType]] = {
    "connect": ProtocolType.CONNECT,
    "grpc": ProtocolType.GRPC,
    "grpc-web": ProtocolType.GRPC_WEB,
}


class RpcOptions(TypedDict):
    """Options every RPC stub is made with."""

    protocol: ProtocolType
    accept_compression: tuple[Compression, ...]
    send_compression: None
    timeout_ms: int
    read_max_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How a client connects. Checked when it is made.

    Raises:
        CountersignError: `config.invalid`.
    """

    url: str
    token: str
    protocol: Protocol
    http_version: Literal[1, 2] | None
    tls_ca: bytes | None
    timeout: float

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise CountersignError("config.invalid", "url must be http://host[:port] or https://host[:port]")
        if parts.username is not None:
            raise CountersignError("config.invalid", "url must not hold credentials; pass the token as token")
        if not self.token.isascii() or not self.token.isprintable():
            raise CountersignError("config.invalid", "token must be printable ASCII without line breaks")
        if self.protocol not in _TYPES:
            raise CountersignError("config.invalid", "protocol must be connect, grpc or grpc-web")
        if self.http_version not in (None, 1, 2):
            raise CountersignError("config.invalid", "http_version must be 1, 2 or None")
        if self.protocol == "grpc" and self.http_version == 1:
            raise CountersignError("config.invalid", "grpc needs HTTP/2; use http_version=2, or grpc-web or connect")
        if self.tls_ca is not None and parts.scheme != "https":
            raise CountersignError("config.invalid", "tls_ca needs an https:// url")
        check_timeout(self.timeout)

    @property
    def address(self) -> str:
        """The URL without a trailing slash."""
        return self.url.rstrip("/")

    @property
    def headers(self) -> dict[str, str]:
        """Headers of every call."""
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    def rpc_options(self) -> RpcOptions:
        """Return the options of every RPC stub."""
        return {
            "protocol": _TYPES[self.protocol],
            # Compression of content that an attacker may partly choose leaks lengths, and costs time on token streams.
            "accept_compression": (),
            "send_compression": None,
            "timeout_ms": timeout_ms(self.timeout),
            "read_max_bytes": MAX_MESSAGE_BYTES,
        }

    def open_http(self) -> tuple[SyncHTTPTransport, SyncHttpClient]:
        """Return a transport, which the caller closes, and an HTTP client over it."""
        transport = SyncHTTPTransport(
            tls_ca_cert=self.tls_ca,
            tls_include_system_certs=self.tls_ca is None,
            http_version=self._http_version(),
            connect_timeout=CONNECT_TIMEOUT_S,
            # A redirect would carry the token and the prompt to a host nobody chose.
            follow_redirects=False,
            enable_otel=False,
        )
        return transport, SyncHttpClient(BoundedSyncTransport(transport, MAX_MESSAGE_BYTES))

    def open_async_http(self) -> tuple[HTTPTransport, HttpClient]:
        """Return an async transport, which the caller closes, and an HTTP client over it."""
        transport = HTTPTransport(
            tls_ca_cert=self.tls_ca,
            tls_include_system_certs=self.tls_ca is None,
            http_version=self._http_version(),
            connect_timeout=CONNECT_TIMEOUT_S,
            follow_redirects=False,  # as above
            enable_otel=False,
        )
        return transport, HttpClient(BoundedTransport(transport, MAX_MESSAGE_BYTES))

    def _http_version(self) -> HTTPVersion | None:
        if self.http_version == 1:
            return HTTPVersion.HTTP1
        if self.http_version == 2 or self.protocol == "grpc":
            return HTTPVersion.HTTP2
        return None  # TLS negotiates; cleartext is HTTP/1.1


def check_timeout(timeout: float) -> None:
    """Refuse a timeout that is none.

    Raises:
        CountersignError: `config.invalid`.
    """
    if not 0.001 <= timeout <= 86_400:
        raise CountersignError("config.invalid", "timeout must be 0.001 to 86400 seconds")


def timeout_ms(timeout: float) -> int:
    """Return a timeout in milliseconds, rounded down."""
    check_timeout(timeout)
    return int(timeout * 1000)
