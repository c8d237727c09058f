"""The check of one answer while it is read. No I/O."""

import hashlib
from typing import Final

import httpx2

from countersign_client.errors import CountersignError
from countersign_client.rest.body_gate import BodyGate, EventStreamGate, PlainGate
from countersign_client.rest.lookup import SignatureAnswer
from countersign_client.rest.options import RestOptions
from countersign_client.rest.response_id import string_field, usable_id
from countersign_client.rest.verify_response import ResponseFacts, verify_response
from countersign_client.signing import Keyset

_UNSIGNED_METHODS: Final = frozenset({"GET", "HEAD"})
_FIRST_ERROR: Final = 400


class ResponseCheck:
    """Hashes one answer, holds back what must be, and verifies it at its end."""

    def __init__(self, request: httpx2.Request, response: httpx2.Response, options: RestOptions) -> None:
        """Start checking the response to a request whose body has been read."""
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        is_stream = content_type == "text/event-stream"
        limit = options.max_held_bytes
        self._gate: BodyGate = EventStreamGate(limit) if is_stream else PlainGate(limit)
        self._hash = hashlib.sha256()
        self._request_body = request.content
        self._header_id = usable_id(response.headers.get("x-receipt-id"))
        self._options = options

    def take(self, piece: bytes) -> bytes:
        """Take received bytes and return those that may be handed out now, possibly none.

        Raises:
            CountersignError: `response.too_large`.
        """
        self._hash.update(piece)
        return self._gate.take(piece)

    def end(self) -> tuple[str, bytes]:
        """Say that the body has ended.

        Returns:
            The id to look the signatures up by, and the bytes to hand out once `verify` has passed.

        Raises:
            CountersignError: `response.truncated`, `response.id`.
        """
        body_id, rest = self._gate.end()
        identifier = self._header_id or body_id
        if identifier is None:
            raise CountersignError(
                "response.id", "the answer has neither a receipt id nor a response id to look its signature up by"
            )
        return identifier, rest

    def verify(self, ecdsa: SignatureAnswer, ed25519: SignatureAnswer, keyset: Keyset) -> None:
        """Verify the whole answer. Raises `CountersignError` as `verify_response`."""
        options = self._options
        model = options.model if options.model is not None else string_field(self._request_body, "model")
        facts = ResponseFacts(
            request_digest=hashlib.sha256(self._request_body).digest(),
            response_digest=self._hash.digest(),
            form=options.text,
            model=model,
        )
        verify_response(ecdsa, ed25519, facts, keyset, options.now())


def prepare_request(request: httpx2.Request, options: RestOptions) -> bool:
    """Prepare a request for sending, and tell whether its answer must be signed.

    Raises:
        CountersignError: `response.route` if it goes elsewhere than to the gateway.
    """
    path = options.path_below(request.url)
    if path is None:
        raise CountersignError("response.route", "the request goes to another address than the gateway's base_url")
    # The signature covers the bytes the gateway sent; a compressed body would be other bytes.
    request.headers["accept-encoding"] = "identity"
    if options.token and "authorization" not in request.headers:
        request.headers["authorization"] = f"Bearer {options.token}"
    return request.method not in _UNSIGNED_METHODS and path not in options.unsigned_paths


def refuse_redirect(response: httpx2.Response) -> None:
    """Refuse a redirect: it would carry the token and the prompt to an address nobody chose.

    Raises:
        CountersignError: `response.redirect`.
    """
    if 300 <= response.status_code < _FIRST_ERROR and response.status_code != httpx2.codes.NOT_MODIFIED:
        raise CountersignError("response.redirect", "the gateway answered with a redirect, which is not followed")


def is_error(response: httpx2.Response) -> bool:
    """Tell whether a response is an error: it carries no content to rely on, and passes."""
    return response.status_code >= _FIRST_ERROR
