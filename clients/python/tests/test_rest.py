"""The HTTP clients for the OpenAI SDK, with the SDK, against a gateway that really signs."""

import asyncio
import collections
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import openai
import pytest
from fake_gateway import FakeGateway
from fake_rest import Stored
from fake_rpc import TOKEN, WORDS
from openai.types.chat import ChatCompletionMessageParam
from signer import KEYSET, RESPONSE, Signer

from countersign_client import CountersignError, PinnedKeyset, UnattestedKeyset
from countersign_client.rest import verifying_async_http_client, verifying_http_client
from countersign_client.rest.body_gate import EventStreamGate
from countersign_client.transcript import keyset_digest

MESSAGES: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Say hello."}]
PIN = PinnedKeyset(keyset_digest(KEYSET).hex())
TEXT = "".join(WORDS)


@pytest.fixture
def sdk(gateway: FakeGateway) -> Iterator[Callable[..., openai.OpenAI]]:
    clients: list[openai.OpenAI] = []

    def make(**options: Any) -> openai.OpenAI:
        http = verifying_http_client(gateway.url, PIN, **options)
        clients.append(openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=TOKEN, http_client=http, max_retries=0))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def stream(client: openai.OpenAI, model: str, words: list[str]) -> None:
    for chunk in client.chat.completions.create(model=model, messages=MESSAGES, stream=True):
        words.append(chunk.choices[0].delta.content or "")


def plain_code(client: openai.OpenAI, model: str) -> str:
    """Return the code a plain call fails with."""
    with pytest.raises(CountersignError) as caught:
        client.chat.completions.create(model=model, messages=MESSAGES)
    return caught.value.code


def test_a_plain_answer(gateway: FakeGateway, sdk: Callable[..., openai.OpenAI]) -> None:
    answer = sdk().chat.completions.create(model="honest", messages=MESSAGES)
    assert answer.choices[0].message.content == TEXT
    assert gateway.rest.lookups == ["rcpt-1?signing_algo=ecdsa", "rcpt-1?signing_algo=ed25519"]
    assert all(headers["accept-encoding"] == "identity" for _, _, headers in gateway.rest.requests)


@pytest.mark.parametrize("model", ["honest", "slivers", "no-receipt"])
def test_a_streamed_answer(sdk: Callable[..., openai.OpenAI], model: str) -> None:
    words: list[str] = []
    stream(sdk(), model, words)
    assert words == WORDS


def test_without_a_receipt_id_the_response_id_is_looked_up(
    gateway: FakeGateway, sdk: Callable[..., openai.OpenAI]
) -> None:
    client = sdk()
    client.chat.completions.create(model="no-receipt", messages=MESSAGES)
    stream(client, "no-receipt", [])
    assert [lookup.partition("?")[0] for lookup in gateway.rest.lookups] == ["chatcmpl-1"] * 2 + ["chatcmpl-2"] * 2


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("flipped", "response.hash"),
        ("other-request", "response.request"),
        ("other-name", "response.model"),
        ("two-parts", "response.text"),
        ("no-text", "response.text"),
        ("incomplete", "response.incomplete"),
        ("unsigned", "response.signature_missing"),
        ("wrong-role", "response.signature"),
        ("moved", "response.redirect"),
    ],
)
def test_answers_that_do_not_verify(sdk: Callable[..., openai.OpenAI], model: str, code: str) -> None:
    client = sdk()
    assert plain_code(client, model) == code
    with pytest.raises(CountersignError) as caught:
        stream(client, model, [])
    assert caught.value.code == code


@pytest.mark.parametrize("model", ["no-done", "cut"])
def test_a_stream_without_its_end_is_truncated(sdk: Callable[..., openai.OpenAI], model: str) -> None:
    words: list[str] = []
    with pytest.raises(CountersignError) as caught:
        stream(sdk(), model, words)
    assert caught.value.code == "response.truncated"
    assert words == WORDS[: len(words)]


def test_an_answer_without_any_id(sdk: Callable[..., openai.OpenAI]) -> None:
    assert plain_code(sdk(), "no-id") == "response.id"


def test_errors_and_lists_pass(sdk: Callable[..., openai.OpenAI]) -> None:
    client = sdk()
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="unknown", messages=MESSAGES)
    assert [model.id for model in client.models.list()] == ["honest"]


def test_options_change_what_is_expected(sdk: Callable[..., openai.OpenAI]) -> None:
    assert sdk(text="request-response").chat.completions.create(model="two-parts", messages=MESSAGES).choices
    assert plain_code(sdk(text="request-response"), "honest") == "response.text"
    assert sdk(model="honest").chat.completions.create(model="other-name", messages=MESSAGES).choices
    assert plain_code(sdk(model="another"), "honest") == "response.model"
    assert (
        sdk(unsigned_paths=["/v1/chat/completions"])
        .chat.completions.create(model="unsigned", messages=MESSAGES)
        .choices
    )
    assert plain_code(sdk(max_held_bytes=100), "honest") == "response.too_large"


@pytest.mark.parametrize("algorithm", ["ecdsa", "ed25519"])
def test_each_signature_is_verified(
    sdk: Callable[..., openai.OpenAI], monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    name = "ecdsa" if algorithm == "ecdsa" else "ed25519_signature"
    honest = getattr(Signer, name)
    monkeypatch.setattr(Signer, name, lambda signer, text: honest(signer, f"{text} "))
    assert plain_code(sdk(), "honest") == "response.signature"


def test_two_texts_are_none(gateway: FakeGateway, sdk: Callable[..., openai.OpenAI]) -> None:
    gateway.rest.stored = _Frozen(Stored("two-texts:" + ":".join(["0" * 64] * 2), RESPONSE))
    assert plain_code(sdk(), "honest") == "response.text"


def test_another_keyset_than_the_pinned_one(gateway: FakeGateway) -> None:
    with verifying_http_client(gateway.url, PinnedKeyset("00" * 32), token=TOKEN) as http:
        with pytest.raises(CountersignError) as caught:
            http.post(f"{gateway.url}/v1/chat/completions", json={"model": "honest", "messages": MESSAGES})
        assert caught.value.code == "keyset.untrusted"


def test_other_hosts_are_refused(gateway: FakeGateway) -> None:
    with (
        verifying_http_client(gateway.url, UnattestedKeyset()) as http,
        pytest.raises(CountersignError) as caught,
    ):
        http.get("http://127.0.0.1:9/v1/models")
    assert caught.value.code == "response.route"


def test_nothing_of_the_end_is_released_before_it_is_verified(gateway: FakeGateway) -> None:
    body = {"model": "flipped", "messages": MESSAGES, "stream": True}
    received = bytearray()
    with (
        verifying_http_client(gateway.url, PIN, token=TOKEN) as http,
        http.stream("POST", f"{gateway.url}/v1/chat/completions", json=body) as response,
        pytest.raises(CountersignError) as caught,
    ):
        collections.deque(map(received.extend, response.iter_bytes()), maxlen=0)
    assert caught.value.code == "response.hash"
    assert received.count(b"data: ") == len(WORDS)
    assert b"[DONE]" not in received


@pytest.mark.parametrize("done", [b"data: [DONE]\n\n", b"data:[DONE]\r\n\r\n"])
@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_the_gate_of_an_event_stream_passes_whole_lines_only(done: bytes, size: int) -> None:
    events = b': note\n\ndata: {"n":1}\n\ndata: {"id":"the-id","t":"[DONE]"}\r\n\r\n'
    whole = events + done + b": after\n"
    gate = EventStreamGate(1000)
    passed = b""
    for index in range(0, len(whole), size):
        passed += gate.take(whole[index : index + size])
        assert passed == events[: len(passed)]
        assert passed.endswith(b"\n") or not passed
    assert passed == events
    assert gate.end() == ("the-id", done + b": after\n")


def test_the_async_client(gateway: FakeGateway) -> None:
    async def run() -> None:
        http = verifying_async_http_client(gateway.url, PIN)
        client = openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=TOKEN, http_client=http, max_retries=0)
        async with client:
            answer = await client.chat.completions.create(model="honest", messages=MESSAGES)
            assert answer.choices[0].message.content == TEXT
            chunks = await client.chat.completions.create(model="honest", messages=MESSAGES, stream=True)
            assert [chunk.choices[0].delta.content async for chunk in chunks] == WORDS
            for model, code in [("flipped", "response.hash"), ("no-done", "response.truncated")]:
                chunks = await client.chat.completions.create(model=model, messages=MESSAGES, stream=True)
                with pytest.raises(CountersignError) as caught:
                    async for _ in chunks:
                        pass
                assert caught.value.code == code
            with pytest.raises(CountersignError) as moved:
                await client.chat.completions.create(model="moved", messages=MESSAGES)
            assert moved.value.code == "response.redirect"

    asyncio.run(run())


def test_a_body_given_as_a_stream_is_hashed_as_sent(gateway: FakeGateway) -> None:
    body = b'{"model":"honest","messages":[]}'
    with verifying_http_client(gateway.url, PIN, token=TOKEN) as http:
        pieces = iter([body[:5], body[5:]])
        response = http.post(f"{gateway.url}/v1/chat/completions", content=pieces)
    assert response.status_code == httpx2.codes.OK
    assert hashlib.sha256(body).hexdigest() in gateway.rest.stored["rcpt-1"].text


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": "ftp://host"},
        {"base_url": "https://user:password@host"},
        {"text": "anything"},
        {"unsigned_paths": ["v1/files"]},
        {"lookup_timeout": 0},
        {"max_held_bytes": 0},
        {"trust": None},
    ],
)
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(CountersignError) as caught:
        verifying_http_client(**{"base_url": "https://host", "trust": UnattestedKeyset(), **options})
    assert caught.value.code == "config.invalid"


class _Frozen(dict[str, Stored]):
    """Gives the same to every question."""

    def __init__(self, stored: Stored) -> None:
        super().__init__()
        self._stored = stored

    def get(self, key: str, default: Any = None) -> Any:
        return self._stored
