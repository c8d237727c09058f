"""Response metadata."""

from dataclasses import dataclass, field

from connectrpc.client import ResponseMetadata as RpcMetadata
from connectrpc.request import Headers

Values = dict[str, list[str]]
"""Values by lower-case name, in the order they came."""


@dataclass(frozen=True, slots=True)
class ResponseMetadata:
    """Headers and trailers of a call. No signature covers them: for diagnosis, never for decisions."""

    leading: Values = field(default_factory=dict)
    """Values that came before the first message."""
    trailing: Values = field(default_factory=dict)
    """Values that came after the last message."""


def read_metadata(captured: RpcMetadata) -> ResponseMetadata:
    """Copy what the RPC library captured."""
    return ResponseMetadata(_values(captured.headers), _values(captured.trailers))


def _values(headers: Headers) -> Values:
    values: Values = {}
    for name, value in headers.allitems():
        values.setdefault(name.lower(), []).append(value)
    return values
