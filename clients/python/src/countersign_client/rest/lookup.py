"""Lookups at the gateway: of the keyset and of the signatures of an answer. No I/O: requests out, bodies in."""

import json
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

import httpx2

from countersign.attestation.v1 import attestation_service_pb2
from countersign_client.errors import CountersignError
from countersign_client.rest.options import RestOptions
from countersign_client.verifier import decode_message

MAX_LOOKUP_BYTES: Final = 1024 * 1024
"""Largest body of a lookup: a keyset of 256 keys with custody chains fits."""

_GET_KEYSET: Final = "/countersign.attestation.v1.AttestationService/GetKeyset"
Algorithm = Literal["ecdsa", "ed25519"]


@dataclass(frozen=True, slots=True)
class SignatureAnswer:
    """One signature as `GET /v1/signature/{id}` gives it; nothing of it is verified."""

    text: str
    signature: str
    signing_address: str


def keyset_request(options: RestOptions, wanted_digest: bytes) -> httpx2.Request:
    """Return the request for a keyset: a unary call of the Connect protocol."""
    content = attestation_service_pb2.GetKeysetRequest(digest=wanted_digest).SerializeToString()
    headers = {"content-type": "application/proto", "connect-protocol-version": "1", "accept-encoding": "identity"}
    return _request(options, "POST", _GET_KEYSET, headers, content)


def read_keyset(status: int, body: bytes) -> bytes:
    """Return the serialised keyset out of the answer.

    Raises:
        CountersignError: `call.unavailable`, `message.malformed`.
    """
    if status != httpx2.codes.OK:
        raise CountersignError("call.unavailable", f"the gateway answered {status} when asked for its keyset")
    return decode_message(attestation_service_pb2.GetKeysetResponse, body).keyset


def signature_request(
    options: RestOptions, identifier: str, algorithm: Algorithm, authorization: str | None
) -> httpx2.Request:
    """Return the request for one of the two signatures of an answer.

    Args:
        options: where the gateway is.
        identifier: receipt id or response id; attacker-controlled, bounded by the caller, escaped here.
        algorithm: which signature.
        authorization: the header of the request whose answer is looked up.
    """
    headers = {"accept": "application/json", "accept-encoding": "identity"}
    if authorization is not None:
        headers["authorization"] = authorization
    return _request(
        options, "GET", f"/v1/signature/{quote(identifier, safe='')}?signing_algo={algorithm}", headers, b""
    )


def read_signature(status: int, body: bytes, algorithm: Algorithm) -> SignatureAnswer:
    """Read the answer to a signature request.

    Raises:
        CountersignError: `response.signature_missing`.
    """
    if status != httpx2.codes.OK:
        raise CountersignError(
            "response.signature_missing", f"the lookup of the {algorithm} signature answered {status}"
        )
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _lacking(algorithm) from error
    fields = value if isinstance(value, dict) else {}
    text, signature, address = fields.get("text"), fields.get("signature"), fields.get("signing_address")
    if not isinstance(text, str) or not isinstance(signature, str) or not isinstance(address, str):
        raise _lacking(algorithm)
    return SignatureAnswer(text, signature, address)


def _lacking(algorithm: Algorithm) -> CountersignError:
    return CountersignError(
        "response.signature_missing",
        f"the answer to the lookup of the {algorithm} signature lacks text, signature or signing_address",
    )


def _request(options: RestOptions, method: str, path: str, headers: dict[str, str], content: bytes) -> httpx2.Request:
    seconds = options.lookup_timeout
    timeout = {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}
    return httpx2.Request(
        method, options.address_of(path), headers=headers, content=content, extensions={"timeout": timeout}
    )
