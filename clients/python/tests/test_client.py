"""The client against a gateway that really signs, over every protocol and HTTP version."""

from typing import Literal

import pytest
from fake_gateway import FakeGateway
from fake_rpc import TOKEN, WORDS
from signer import KEYSET

from countersign.inference.v1 import chat_pb2, completion_pb2, embedding_pb2, sampling_pb2, tokenization_pb2
from countersign.transcript.v1 import transcript_pb2
from countersign_client import (
    AnswerStream,
    CallError,
    Client,
    CountersignError,
    IncompleteError,
    KeysetBytes,
    PinnedKeyset,
    Protocol,
    Trust,
    UnattestedKeyset,
    chat_chunk_text,
    chat_text,
    completion_text,
    system_message,
    user_message,
)
from countersign_client.transcript import keyset_digest

CHAT = chat_pb2.ChatInput(messages=[system_message("Be brief."), user_message("Say hello.")])
PROMPT = completion_pb2.CompletionInput(prompts=[sampling_pb2.Prompt(text="Say hello.")])
TRANSPORTS: list[tuple[Protocol, Literal[1, 2]]] = [
    ("connect", 1),
    ("connect", 2),
    ("grpc", 2),
    ("grpc-web", 1),
    ("grpc-web", 2),
]
every_transport = pytest.mark.parametrize(("protocol", "http_version"), TRANSPORTS)
PIN = keyset_digest(KEYSET).hex()


def client_of(
    gateway: FakeGateway,
    protocol: Protocol = "connect",
    http_version: Literal[1, 2] | None = None,
    *,
    trust: Trust | None = None,
    token: str = TOKEN,
    timeout: float = 30.0,
) -> Client:
    return Client(
        gateway.url,
        token,
        PinnedKeyset(PIN) if trust is None else trust,
        protocol=protocol,
        http_version=http_version,
        timeout=timeout,
    )


def read(stream: AnswerStream[chat_pb2.ChatChunk], words: list[str]) -> None:
    with stream:
        for chunk in stream:
            words.append(chat_chunk_text(chunk))


@every_transport
def test_unary(gateway: FakeGateway, protocol: Protocol, http_version: Literal[1, 2]) -> None:
    with client_of(gateway, protocol, http_version) as client:
        answer = client.chat("honest", CHAT)
    assert chat_text(answer.result) == "".join(WORDS)
    assert answer.seal.status == "complete"
    assert answer.seal.chunk_count == 1
    assert answer.seal.usage is not None
    assert answer.seal.usage.total_tokens == 7
    assert answer.is_pinned
    assert answer.metadata.leading["x-fake-leading"] == ["1"]
    assert answer.metadata.trailing["x-fake-trailing"] == ["1"]


@every_transport
def test_stream(gateway: FakeGateway, protocol: Protocol, http_version: Literal[1, 2]) -> None:
    with client_of(gateway, protocol, http_version) as client:
        stream = client.stream_chat("honest", CHAT, proof=transcript_pb2.ProofOptions(checkpoint_chunks=2))
        with stream:
            assert stream.accepted is not None
            assert stream.accepted.receipt_id == "receipt-1"
            with pytest.raises(CountersignError) as unread:
                _ = stream.seal
            assert unread.value.code == "input.invalid"
            assert [chat_chunk_text(chunk) for chunk in stream] == WORDS
        assert stream.seal.receipt_id == "receipt-1"
        assert stream.chunk_count == len(WORDS)
        assert stream.checkpointed == 6
        assert stream.is_pinned
        assert stream.metadata.leading["x-fake-leading"] == ["1"]
        assert stream.metadata.trailing["x-fake-trailing"] == ["1"]
        assert list(stream) == []


@every_transport
def test_errors_of_the_gateway(gateway: FakeGateway, protocol: Protocol, http_version: Literal[1, 2]) -> None:
    with client_of(gateway, protocol, http_version) as client:
        with pytest.raises(CallError) as unary:
            client.chat("unknown", CHAT)
        with pytest.raises(CallError) as streamed, client.stream_chat("unknown", CHAT):
            pass
    for error in (unary.value, streamed.value):
        assert error.code == "call.invalid_argument"
        assert error.reason == "MODEL_UNKNOWN"
        assert error.field_violations == (("model", "is not served here"),)


@every_transport
def test_leaving_a_stream_cancels_the_call(
    gateway: FakeGateway, protocol: Protocol, http_version: Literal[1, 2]
) -> None:
    with client_of(gateway, protocol, http_version) as client:
        with client.stream_chat("endless", CHAT) as stream:
            for _ in stream:
                if stream.chunk_count == 3:
                    break
        assert gateway.inference.endless_ended.wait(10)
        for ask in (lambda: next(stream), lambda: stream.seal):
            with pytest.raises(CountersignError) as caught:
                ask()
            assert caught.value.code == "call.cancelled"


@every_transport
def test_a_failed_check_cancels_the_call(gateway: FakeGateway, protocol: Protocol, http_version: Literal[1, 2]) -> None:
    words: list[str] = []
    with client_of(gateway, protocol, http_version) as client:
        # Without a context: the failure itself ends the call.
        stream = client.stream_chat("tampering", CHAT)
        with pytest.raises(CountersignError) as caught:
            words.extend(map(chat_chunk_text, stream))
        assert caught.value.code == "transcript.hash"
        assert words == WORDS[:2]
        assert gateway.inference.endless_ended.wait(10)
        with pytest.raises(CountersignError) as again:
            next(stream)
        assert again.value is caught.value


@every_transport
def test_deadlines(gateway: FakeGateway, protocol: Protocol, http_version: Literal[1, 2]) -> None:
    with client_of(gateway, protocol, http_version) as client:
        client.keyset()
        with pytest.raises(CountersignError) as unary:
            client.chat("endless", CHAT, timeout=0.2)
        assert unary.value.code == "call.deadline"
        with pytest.raises(CountersignError) as streamed:
            read(client.stream_chat("endless", CHAT, timeout=0.2), [])
        assert streamed.value.code == "call.deadline"


@every_transport
@pytest.mark.parametrize(
    ("model", "code", "chunks"),
    [
        ("failing", "seal.incomplete", 2),
        ("breaking", "call.unavailable", 2),
        ("cut", "seal.missing", 2),
        ("talkative", "stream.after_seal", 7),
    ],
)
def test_streams_that_do_not_end_well(
    gateway: FakeGateway, protocol: Protocol, http_version: Literal[1, 2], model: str, code: str, chunks: int
) -> None:
    words: list[str] = []
    with client_of(gateway, protocol, http_version) as client:
        stream = client.stream_chat(model, CHAT)
        with pytest.raises(CountersignError) as caught:
            read(stream, words)
    assert caught.value.code == code
    assert words == WORDS[:chunks]
    with pytest.raises(CountersignError) as again:
        _ = stream.seal
    assert again.value is caught.value


def test_an_incomplete_answer_carries_its_verified_seal(gateway: FakeGateway) -> None:
    with client_of(gateway) as client:
        with pytest.raises(IncompleteError) as unary:
            client.chat("failing", CHAT)
        with pytest.raises(IncompleteError) as streamed:
            read(client.stream_chat("failing", CHAT), [])
    assert unary.value.seal.failure_reason == "engine_failed"
    assert streamed.value.seal.chunk_count == 2
    assert streamed.value.seal.status == "upstream_failed"


def test_the_other_methods(gateway: FakeGateway) -> None:
    constraints = transcript_pb2.Constraints(forbid_server_side_tools=True)
    with client_of(gateway, trust=KeysetBytes(KEYSET)) as client:
        assert completion_text(client.complete("honest", PROMPT, constraints=constraints).result) == "".join(WORDS)
        with client.stream_complete("honest", PROMPT, constraints=constraints) as stream:
            assert [completion_text(chunk) for chunk in stream] == WORDS
        embedding = embedding_pb2.EmbeddingInput(inputs=[sampling_pb2.Prompt(text="hello")])
        assert list(client.embed("honest", embedding).result.embeddings[0].values) == [1.0, 0.5]
        tokenization = tokenization_pb2.TokenizeInput(text="hello")
        assert list(client.tokenize("honest", tokenization).result.token_ids) == [1, 2, 3]
        assert [model.name for model in client.list_models()] == ["honest"]
    assert gateway.attestation.requests == []


def test_the_payload_sent_is_what_was_hashed(gateway: FakeGateway) -> None:
    with client_of(gateway) as client:
        answer = client.chat("honest", CHAT)
    (request,) = gateway.inference.requests
    assert request.WhichOneof("input") == "payload"
    assert chat_pb2.ChatInput.FromString(request.payload) == CHAT
    assert keyset_digest(request.payload) == answer.seal.request_digest


def test_a_request_changed_while_its_answer_streams_is_still_the_one_sent(gateway: FakeGateway) -> None:
    constraints = transcript_pb2.Constraints(session_ids=["a"])
    with client_of(gateway) as client, client.stream_chat("honest", CHAT, constraints=constraints) as stream:
        constraints.session_ids[0] = "b"
        assert len(list(stream)) == len(WORDS)


def test_get_signature(gateway: FakeGateway) -> None:
    with client_of(gateway) as client:
        with client.stream_chat("honest", CHAT) as stream:
            list(stream)
        stored = client.get_signature(stream.seal.receipt_id)
        assert stored.text == stream.seal.signed_text
        assert stored.status == "complete"
        assert stored.ed25519 == stream.seal.ed25519
        assert stored.expires_unix_ms == 1_800_000_000_000
        with pytest.raises(CallError) as caught:
            client.get_signature("receipt-of-somebody-else")
        assert caught.value.code == "call.not_found"


def test_a_wrong_token(gateway: FakeGateway) -> None:
    with client_of(gateway, token="another") as client, pytest.raises(CountersignError) as caught:
        client.chat("honest", CHAT)
    assert caught.value.code == "call.unauthenticated"
    assert "another" not in str(caught.value)


def test_a_pinned_keyset_is_asked_for_by_digest_and_no_other_is_taken(gateway: FakeGateway) -> None:
    with client_of(gateway) as client:
        assert client.keyset().digest.hex() == PIN
        assert [request.digest.hex() for request in gateway.attestation.requests] == [PIN]
    with client_of(gateway, trust=PinnedKeyset("00" * 32)) as client, pytest.raises(CountersignError) as caught:
        client.chat("honest", CHAT)
    assert caught.value.code == "keyset.untrusted"
    assert gateway.inference.requests == []


def test_without_a_pin_a_client_outlives_a_key_rotation(gateway: FakeGateway) -> None:
    gateway.attestation.keyset = KEYSET + b"\xf8\x07\x01"  # an unknown field: the same keys under another digest
    with client_of(gateway, trust=UnattestedKeyset()) as client:
        with pytest.raises(CountersignError) as streamed:
            read(client.stream_chat("honest", CHAT), [])
        assert streamed.value.code == "keyset.untrusted"
        gateway.attestation.keyset = KEYSET
        answer = client.chat("honest", CHAT)
        assert not answer.is_pinned


def test_nothing_is_sent_before_a_stream_is_read(gateway: FakeGateway) -> None:
    with client_of(gateway) as client:
        stream = client.stream_chat("honest", CHAT)
        with pytest.raises(CountersignError) as unread:
            _ = stream.seal
        assert unread.value.code == "input.invalid"
        stream.close()
        with pytest.raises(CountersignError) as caught:
            next(stream)
    assert caught.value.code == "call.cancelled"
    assert gateway.inference.requests == []


def test_nobody_answers() -> None:
    with FakeGateway() as gateway:
        pass
    with client_of(gateway) as client, pytest.raises(CountersignError) as caught:
        client.chat("honest", CHAT)
    assert caught.value.code == "call.unavailable"
