"""A unary answer."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from countersign_client.client.response_metadata import ResponseMetadata
from countersign_client.verifier import VerifiedSeal

_ResultT = TypeVar("_ResultT")


@dataclass(frozen=True, slots=True)
class Answer(Generic[_ResultT]):
    """A verified answer with its verified seal."""

    result: _ResultT
    """The answer."""
    seal: VerifiedSeal
    """What the gateway signed about it."""
    is_pinned: bool
    """Whether the caller vouches for the signing keys; False with `UnattestedKeyset`."""
    metadata: ResponseMetadata
    """Headers and trailers, unsigned."""
