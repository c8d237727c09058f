"""The async client against a gateway that really signs."""

import asyncio
from typing import Literal

import pytest
from fake_gateway import FakeGateway
from fake_rpc import TOKEN, WORDS
from test_client import CHAT, PIN, PROMPT, every_transport

from countersign.inference.v1 import embedding_pb2, tokenization_pb2
from countersign_client import (
    AsyncClient,
    CallError,
    CountersignError,
    IncompleteError,
    PinnedKeyset,
    Protocol,
    UnattestedKeyset,
    chat_chunk_text,
    chat_text,
    completion_text,
)


def client_of(
    gateway: FakeGateway, protocol: Protocol = "connect", http_version: Literal[1, 2] | None = None
) -> AsyncClient:
    return AsyncClient(
        gateway.url, TOKEN, PinnedKeyset(PIN), protocol=protocol, http_version=http_version, timeout=30.0
    )


@every_transport
def test_calls(gateway: FakeGateway, protocol: Protocol, http_version: Literal[1, 2]) -> None:
    async def run() -> None:
        async with client_of(gateway, protocol, http_version) as client:
            answer = await client.chat("honest", CHAT)
            assert chat_text(answer.result) == "".join(WORDS)
            assert answer.metadata.trailing["x-fake-trailing"] == ["1"]
            async with client.stream_chat("honest", CHAT) as stream:
                assert stream.accepted is not None
                assert [chat_chunk_text(chunk) async for chunk in stream] == WORDS
            assert stream.chunk_count == len(WORDS)
            assert stream.metadata.trailing["x-fake-trailing"] == ["1"]
            stored = await client.get_signature(stream.seal.receipt_id)
            assert stored.text == stream.seal.signed_text
            with pytest.raises(CallError) as caught:
                await client.chat("unknown", CHAT)
            assert caught.value.reason == "MODEL_UNKNOWN"

    asyncio.run(run())


@every_transport
def test_leaving_a_stream_cancels_the_call(
    gateway: FakeGateway, protocol: Protocol, http_version: Literal[1, 2]
) -> None:
    async def run() -> None:
        async with client_of(gateway, protocol, http_version) as client:
            async with client.stream_chat("endless", CHAT) as stream:
                async for _ in stream:
                    if stream.chunk_count == 3:
                        break
            assert await asyncio.to_thread(gateway.inference.endless_ended.wait, 10)
            with pytest.raises(CountersignError) as caught:
                await anext(stream)
            assert caught.value.code == "call.cancelled"

    asyncio.run(run())


@every_transport
def test_cancelling_a_task_cancels_its_call_and_the_task(
    gateway: FakeGateway, protocol: Protocol, http_version: Literal[1, 2]
) -> None:
    async def read(client: AsyncClient) -> None:
        async with client.stream_chat("endless", CHAT) as stream:
            async for _ in stream:
                pass

    async def run() -> None:
        async with client_of(gateway, protocol, http_version) as client:
            for call in (read(client), client.chat("endless", CHAT)):
                gateway.inference.endless_began.clear()
                gateway.inference.endless_ended.clear()
                task: asyncio.Future[object] = asyncio.ensure_future(call)
                assert await asyncio.to_thread(gateway.inference.endless_began.wait, 10)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert task.cancelled()
                assert await asyncio.to_thread(gateway.inference.endless_ended.wait, 10)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("failing", "seal.incomplete"),
        ("breaking", "call.unavailable"),
        ("cut", "seal.missing"),
        ("talkative", "stream.after_seal"),
        ("tampering", "transcript.hash"),
    ],
)
def test_streams_that_do_not_end_well(gateway: FakeGateway, model: str, code: str) -> None:
    async def run() -> None:
        async with client_of(gateway) as client:
            stream = client.stream_chat(model, CHAT)
            with pytest.raises(CountersignError) as caught:
                async for _ in stream:
                    pass
            assert caught.value.code == code
            with pytest.raises(CountersignError) as again:
                await anext(stream)
            assert again.value is caught.value

    asyncio.run(run())


def test_deadlines_and_incomplete_answers(gateway: FakeGateway) -> None:
    async def run() -> None:
        async with client_of(gateway) as client:
            await client.keyset()
            with pytest.raises(CountersignError) as unary:
                await client.chat("endless", CHAT, timeout=0.2)
            assert unary.value.code == "call.deadline"
            with pytest.raises(CountersignError) as streamed:
                async for _ in client.stream_chat("endless", CHAT, timeout=0.2):
                    pass
            assert streamed.value.code == "call.deadline"
            with pytest.raises(IncompleteError):
                await client.chat("failing", CHAT)

    asyncio.run(run())


def test_the_other_methods(gateway: FakeGateway) -> None:
    async def run() -> None:
        async with AsyncClient(gateway.url, TOKEN, UnattestedKeyset()) as client:
            assert completion_text((await client.complete("honest", PROMPT)).result) == "".join(WORDS)
            async with client.stream_complete("honest", PROMPT) as stream:
                assert [completion_text(chunk) async for chunk in stream] == WORDS
            assert not stream.is_pinned
            vectors = await client.embed("honest", embedding_pb2.EmbeddingInput())
            assert len(vectors.result.embeddings) == 1
            assert (await client.tokenize("honest", tokenization_pb2.TokenizeInput())).result.count == 3
            assert [model.name for model in await client.list_models()] == ["honest"]

    asyncio.run(run())
