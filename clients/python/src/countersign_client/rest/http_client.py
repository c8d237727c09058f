"""Makers of the verifying HTTP clients."""

import ssl
from collections.abc import Iterable
from typing import Final

import httpx2

from countersign_client.errors import CountersignError
from countersign_client.rest.async_verifying_transport import AsyncVerifyingTransport
from countersign_client.rest.options import ResponseForm, RestOptions
from countersign_client.rest.verifying_transport import VerifyingTransport
from countersign_client.trust import Trust

_TIMEOUT: Final = httpx2.Timeout(600.0, connect=10.0)
_MAX_HELD_BYTES: Final = 64 * 1024 * 1024


def verifying_http_client(
    base_url: str,
    trust: Trust,
    *,
    token: str = "",
    text: ResponseForm = "model-request-response",
    model: str | None = None,
    unsigned_paths: Iterable[str] = (),
    lookup_timeout: float = 30.0,
    max_held_bytes: int = _MAX_HELD_BYTES,
    tls: ssl.SSLContext | None = None,
) -> httpx2.Client:
    """Return an HTTP client for the OpenAI SDK, `OpenAI(base_url=…, api_key=…, http_client=…)`, that verifies answers.

    It hashes the request's bytes and every byte of the answer. When the body has ended it looks up both signatures, and
    only if they cover exactly these bytes and the model, under RESPONSE keys of the trusted keyset, are the last bytes
    handed out: all of a plain answer, `[DONE]` of an event stream. Otherwise reading raises `CountersignError`. Bytes
    of a stream pass while they arrive and are verified only by its end.

    GET and HEAD pass, and so do answers of status 400 and above: they carry no content to rely on. Every other answer
    needs a signature, except on the paths listed as unsigned. Redirects and other hosts are refused.

    Args:
        base_url: `https://host[:port]` of the gateway, without `/v1`.
        trust: which keyset to trust, and why. Required.
        token: bearer token for requests that carry none; the SDK sends its `api_key`.
        text: form of the text the gateway signs; `request-response` is for gateways set to the older form.
        model: the model the signed text must name. None: the `model` of each request's JSON body; set it where the
            gateway's name of the model is another, and for bodies that are not JSON.
        unsigned_paths: paths whose answers need no signature, for example `/v1/files`.
        lookup_timeout: limit of each step of the lookups after an answer. Seconds.
        max_held_bytes: most bytes held back until they are verified: a whole plain answer, or one line of a stream.
        tls: TLS settings. None: the system's certificates.

    Raises:
        CountersignError: `config.invalid`, `keyset.malformed`.
    """
    options = _options(base_url, token, text, model, unsigned_paths, lookup_timeout, max_held_bytes)
    inner = httpx2.HTTPTransport(verify=tls if tls is not None else True)
    return httpx2.Client(
        transport=VerifyingTransport(inner, trust, options), follow_redirects=False, timeout=_TIMEOUT, trust_env=False
    )


def verifying_async_http_client(
    base_url: str,
    trust: Trust,
    *,
    token: str = "",
    text: ResponseForm = "model-request-response",
    model: str | None = None,
    unsigned_paths: Iterable[str] = (),
    lookup_timeout: float = 30.0,
    max_held_bytes: int = _MAX_HELD_BYTES,
    tls: ssl.SSLContext | None = None,
) -> httpx2.AsyncClient:
    """Return the async form of `verifying_http_client`, for `AsyncOpenAI`."""
    options = _options(base_url, token, text, model, unsigned_paths, lookup_timeout, max_held_bytes)
    inner = httpx2.AsyncHTTPTransport(verify=tls if tls is not None else True)
    return httpx2.AsyncClient(
        transport=AsyncVerifyingTransport(inner, trust, options),
        follow_redirects=False,
        timeout=_TIMEOUT,
        trust_env=False,
    )


def _options(
    base_url: str,
    token: str,
    text: ResponseForm,
    model: str | None,
    unsigned_paths: Iterable[str],
    lookup_timeout: float,
    max_held_bytes: int,
) -> RestOptions:
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL as error:
        raise CountersignError("config.invalid", "base_url is not a URL") from error
    return RestOptions(
        base_url=url,
        token=token,
        text=text,
        model=model,
        unsigned_paths=frozenset(unsigned_paths),
        lookup_timeout=lookup_timeout,
        max_held_bytes=max_held_bytes,
    )
