"""The shared transcripts: honest ones verify, dishonest ones are refused at the same place with the same code."""

from typing import Any

import pytest
from vectors import load_vectors

from countersign.inference.v1 import chat_pb2, inference_service_pb2
from countersign.transcript.v1 import transcript_pb2
from countersign_client.errors import CountersignError
from countersign_client.signing import eip191_digest, parse_keyset
from countersign_client.transcript import RunningHash, checkpoint_text, keyset_digest, request_digest, seal_text
from countersign_client.verifier import (
    Exchange,
    IncompleteError,
    TranscriptVerifier,
    VerifiedSeal,
    decode_message,
    verify_unary,
)

VECTORS = load_vectors("transcript")
Vector = dict[str, Any]


def exchange_of(vector: Vector) -> Exchange:
    call = vector["call"]
    constraints = call["constraints"]
    return Exchange(
        method=call["method"],
        model=call["model"],
        request_digest=request_digest(bytes.fromhex(call["request_payload"])),
        constraints=None if constraints is None else transcript_pb2.Constraints.FromString(bytes.fromhex(constraints)),
        keyset=parse_keyset(bytes.fromhex(vector.get("keyset", VECTORS["keyset"]))),
        now=lambda: int(VECTORS["verify_at_unix_ms"]),
    )


def read_stream(vector: Vector, chunks: list[bytes]) -> VerifiedSeal:
    verifier = TranscriptVerifier(exchange_of(vector))
    for serialised in vector["messages"]:
        message = decode_message(inference_service_pb2.StreamChatResponse, bytes.fromhex(serialised))
        payload = verifier.take(message)
        if payload is not None:
            decode_message(chat_pb2.ChatChunk, payload)
            chunks.append(payload)
    return verifier.end()


def names(vectors: list[Vector]) -> list[str]:
    return [vector["name"] for vector in vectors]


def test_the_vectors_are_all_there() -> None:
    assert len(VECTORS["transcripts"]) >= 16
    assert len(VECTORS["negatives"]) >= 122
    assert len(VECTORS["unary"]) >= 15
    assert keyset_digest(bytes.fromhex(VECTORS["keyset"])).hex() == VECTORS["keyset_digest"]


@pytest.mark.parametrize("vector", VECTORS["transcripts"], ids=names(VECTORS["transcripts"]))
def test_the_hashes_and_texts_of_an_honest_stream(vector: Vector) -> None:
    digest = request_digest(bytes.fromhex(vector["call"]["request_payload"]))
    assert digest.hex() == vector["request_digest"]
    transcript = RunningHash(digest)
    assert transcript.value.hex() == vector["initial_hash"]
    for index, payload in enumerate(vector["payloads"]):
        assert transcript.absorb(bytes.fromhex(payload)).hex() == vector["running_hashes"][index]
        assert transcript.count == index + 1
    assert transcript.body_digest().hex() == vector["body_digest"]
    text = seal_text(
        vector["status"],
        request=digest,
        chunk_count=transcript.count,
        final_hash=transcript.value,
        metadata=bytes.fromhex(vector["metadata"]),
    )
    assert text == vector["signed_text"]
    assert eip191_digest(text).hex() == vector["eip191_digest"]
    for point in vector["checkpoints"]:
        assert checkpoint_text(digest, point["sequence"], bytes.fromhex(point["running_hash"])) == point["text"]


@pytest.mark.parametrize("vector", VECTORS["transcripts"], ids=names(VECTORS["transcripts"]))
def test_an_honest_stream_verifies(vector: Vector) -> None:
    chunks: list[bytes] = []
    if vector["code"] is None:
        seal = read_stream(vector, chunks)
    else:
        with pytest.raises(IncompleteError) as caught:
            read_stream(vector, chunks)
        assert caught.value.code == vector["code"]
        seal = caught.value.seal
    assert [chunk.hex() for chunk in chunks] == vector["payloads"]
    assert seal.status == vector["status"]
    assert seal.chunk_count == len(vector["payloads"])
    assert seal.body_digest.hex() == vector["body_digest"]
    assert seal.signed_text == vector["signed_text"]
    assert seal.metadata.hex() == vector["metadata"]
    assert seal.ecdsa.value.hex() == vector["ecdsa"]["value"]
    assert seal.ed25519.key_id == vector["ed25519"]["key_id"]


@pytest.mark.parametrize("vector", VECTORS["negatives"], ids=names(VECTORS["negatives"]))
def test_a_dishonest_stream_is_refused(vector: Vector) -> None:
    chunks: list[bytes] = []
    with pytest.raises(CountersignError) as caught:
        read_stream(vector, chunks)
    assert caught.value.code == vector["code"]
    assert str(caught.value).startswith(f"[{vector['code']}] ")
    assert len(chunks) == vector["verified_chunks"]


@pytest.mark.parametrize("vector", VECTORS["unary"], ids=names(VECTORS["unary"]))
def test_a_unary_answer(vector: Vector) -> None:
    response = decode_message(inference_service_pb2.ChatResponse, bytes.fromhex(vector["response"]))

    def read() -> None:
        verify_unary(response, exchange_of(vector))
        decode_message(chat_pb2.ChatResult, response.payload)

    if vector["code"] is None:
        read()
        return
    with pytest.raises(CountersignError) as caught:
        read()
    assert caught.value.code == vector["code"]


def test_a_spent_verifier_raises_the_same_again() -> None:
    vector = next(v for v in VECTORS["negatives"] if v["code"] == "transcript.hash")
    verifier = TranscriptVerifier(exchange_of(vector))
    messages = [inference_service_pb2.StreamChatResponse.FromString(bytes.fromhex(m)) for m in vector["messages"]]

    def read() -> None:
        for message in messages:
            verifier.take(message)

    with pytest.raises(CountersignError) as first:
        read()
    with pytest.raises(CountersignError) as second:
        verifier.take(messages[-1])
    with pytest.raises(CountersignError) as third:
        verifier.end()
    assert first.value is second.value
    assert first.value is third.value
