"""Options and inputs that cannot be are refused before anything is sent."""

import asyncio
from typing import Any

import pytest

from countersign.inference.v1 import chat_pb2
from countersign_client import AsyncClient, Client, CountersignError, KeysetBytes, PinnedKeyset, UnattestedKeyset

ARGUMENTS: dict[str, Any] = {"url": "http://127.0.0.1:9", "token": "t", "trust": UnattestedKeyset()}


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "127.0.0.1:9"},
        {"url": "ftp://host"},
        {"url": "http://"},
        {"url": "http://host/?query"},
        {"url": "http://user:password@host"},
        {"token": "two\nlines"},
        {"token": "ünicode"},
        {"trust": None},
        {"trust": "00" * 32},
        {"protocol": "soap"},
        {"http_version": 3},
        {"protocol": "grpc", "http_version": 1},
        {"tls_ca": b""},
        {"timeout": 0},
        {"timeout": -1.0},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
    ],
    ids=repr,
)
def test_options(changed: dict[str, Any]) -> None:
    for kind in (Client, AsyncClient):
        with pytest.raises(CountersignError) as caught:
            kind(**{**ARGUMENTS, **changed})
        assert caught.value.code == "config.invalid"


@pytest.mark.parametrize("digest", ["", "00", "0" * 63, "0" * 65, "g" * 64, "0x" + "0" * 62, "0" * 64 + "\n"])
def test_pins(digest: str) -> None:
    with pytest.raises(CountersignError) as caught:
        PinnedKeyset(digest)
    assert caught.value.code == "config.invalid"


def test_a_keyset_given_as_bytes_is_read_at_once() -> None:
    with pytest.raises(CountersignError) as caught:
        Client(**{**ARGUMENTS, "trust": KeysetBytes(b"")})
    assert caught.value.code == "keyset.malformed"


def test_inputs() -> None:
    with Client(**ARGUMENTS) as client:
        with pytest.raises(CountersignError) as caught:
            client.chat("", chat_pb2.ChatInput())
        assert caught.value.code == "input.invalid"
        with pytest.raises(CountersignError) as caught:
            client.stream_chat("m", chat_pb2.ChatInput(), timeout=0)
        assert caught.value.code == "config.invalid"


def test_inputs_of_the_async_client() -> None:
    async def run() -> None:
        async with AsyncClient(**ARGUMENTS) as client:
            with pytest.raises(CountersignError) as caught:
                await client.chat("", chat_pb2.ChatInput())
            assert caught.value.code == "input.invalid"

    asyncio.run(run())
