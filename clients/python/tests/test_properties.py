"""What holds for every stream: random content verifies, and any one change to it is refused."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sealer import Sealer
from signer import KEYSET

from countersign.inference.v1 import inference_service_pb2
from countersign_client.errors import CountersignError
from countersign_client.signing import parse_keyset
from countersign_client.transcript import RunningHash, keyset_digest, request_digest
from countersign_client.verifier import Exchange, TranscriptVerifier, VerifiedSeal, decode_message

KEYS = parse_keyset(KEYSET)
payload_lists = st.lists(st.binary(max_size=40), max_size=6)
# Seeded: a failure is the same failure for everybody, and is printed as the smallest example.
repeatable = settings(
    max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


@dataclass
class Recorded:
    exchange: Exchange
    messages: list[bytes]


def record(request: bytes, payloads: list[bytes], every: int) -> Recorded:
    sealer = Sealer("StreamChat", "m", request, None, "receipt")
    response = inference_service_pb2.StreamChatResponse
    messages = [response(accepted=sealer.accepted())]
    for index, payload in enumerate(payloads, start=1):
        messages.append(response(chunk=sealer.chunk(payload)))
        if index % every == 0:
            messages.append(response(checkpoint=sealer.checkpoint()))
    messages.append(response(seal=sealer.seal()))
    exchange = Exchange(
        method="/countersign.inference.v1.InferenceService/StreamChat",
        model="m",
        request_digest=request_digest(request),
        keyset=KEYS,
    )
    return Recorded(exchange, [message.SerializeToString() for message in messages])


def read(recorded: Recorded) -> tuple[list[bytes], VerifiedSeal]:
    verifier = TranscriptVerifier(recorded.exchange)
    payloads = []
    for serialised in recorded.messages:
        payload = verifier.take(decode_message(inference_service_pb2.StreamChatResponse, serialised))
        if payload is not None:
            payloads.append(payload)
    return payloads, verifier.end()


@repeatable
@given(st.binary(max_size=40), payload_lists, st.integers(1, 3))
def test_every_honest_stream_verifies(request: bytes, payloads: list[bytes], every: int) -> None:
    received, seal = read(record(request, payloads, every))
    assert received == payloads
    assert seal.chunk_count == len(payloads)
    assert seal.body_digest == keyset_digest(b"".join(payloads))


@repeatable
@given(st.data(), st.lists(st.binary(max_size=40), min_size=1, max_size=6), st.integers(1, 3))
def test_every_flipped_bit_is_refused(data: st.DataObject, payloads: list[bytes], every: int) -> None:
    recorded = record(b"request", payloads, every)
    index = data.draw(st.integers(0, len(recorded.messages) - 1))
    message = bytearray(recorded.messages[index])
    bit = data.draw(st.integers(0, len(message) * 8 - 1))
    message[bit // 8] ^= 1 << bit % 8
    recorded.messages[index] = bytes(message)
    with pytest.raises(CountersignError):
        read(recorded)


@repeatable
@given(st.data(), st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6))
def test_every_dropped_repeated_or_moved_message_is_refused(data: st.DataObject, payloads: list[bytes]) -> None:
    recorded = record(b"request", payloads, 2)
    messages = recorded.messages
    index = data.draw(st.integers(0, len(messages) - 1))
    is_checkpoint = inference_service_pb2.StreamChatResponse.FromString(messages[index]).HasField("checkpoint")
    kind = data.draw(st.sampled_from(["drop", "repeat", "move"]))
    if kind == "drop":
        del messages[index]
    elif kind == "repeat":
        messages.insert(index, messages[index])
    else:
        moved = messages.pop(index)
        messages.insert(data.draw(st.integers(0, len(messages)).filter(lambda to: to != index)), moved)
    if is_checkpoint and kind != "move":
        # Checkpoints are optional and may be sent twice: the content they cover is unchanged.
        assert read(recorded)[0] == payloads
        return
    with pytest.raises(CountersignError):
        read(recorded)


@repeatable
@given(st.binary(min_size=1, max_size=30), st.data())
def test_chunk_boundaries_are_committed_to(whole: bytes, data: st.DataObject) -> None:
    def final(pieces: list[bytes]) -> bytes:
        transcript = RunningHash(bytes(32))
        for piece in pieces:
            transcript.absorb(piece)
        return transcript.value

    cut = data.draw(st.integers(0, len(whole)))
    other = data.draw(st.integers(0, len(whole)).filter(lambda at: at != cut))
    assert final([whole[:cut], whole[cut:]]) != final([whole])
    assert final([whole[:cut], whole[cut:]]) != final([whole[:other], whole[other:]])
