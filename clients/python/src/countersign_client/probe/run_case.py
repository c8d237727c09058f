"""Makes the call of a case."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, cast

from countersign.inference.v1 import chat_pb2, sampling_pb2
from countersign_client.client import Client, Protocol, chat_chunk_text, chat_text, user_message
from countersign_client.errors import CountersignError
from countersign_client.probe.outcome import Outcome
from countersign_client.probe.presented_certificate import presented_certificate
from countersign_client.probe.probe_case import BadCaseError, ProbeCase
from countersign_client.trust import PinnedKeyset, Trust, UnattestedKeyset

_LONG_TOKENS: Final = 2_000
"""An answer that no test waits for, and that still fits the context of small models."""
_SLOW_CHUNKS: Final = 10
_TIMEOUT_S: Final = 60.0


def run_case(case: ProbeCase) -> Outcome:
    """Make the call of a case and return what came of it, whatever it was.

    Raises:
        BadCaseError: if the case cannot be understood.
    """
    outcome = Outcome(id=case.id, case=case.case, protocol=case.protocol, http=case.http)
    name = case.case_name()
    started = time.monotonic()
    try:
        with _client(case) as client:
            model = case.model or client.list_models()[0].name
            if name == "unary":
                _unary(client, model, case, outcome)
            elif name == "error":
                _unary(client, f"{model}-that-does-not-exist", case, outcome)
            else:
                _stream(client, model, case, outcome)
    except CountersignError as error:
        outcome.fail(error)
    outcome.elapsed_ms = int((time.monotonic() - started) * 1000)
    return outcome


def _unary(client: Client, model: str, case: ProbeCase, outcome: Outcome) -> None:
    answer = client.chat(model, _input(case, case.max_tokens))
    outcome.chunks = 1
    outcome.text = chat_text(answer.result)
    outcome.seal(answer.seal)
    outcome.metadata(answer.metadata)


def _stream(client: Client, model: str, case: ProbeCase, outcome: Outcome) -> None:
    is_long = case.case in ("cancel", "deadline")
    timeout = case.deadline_ms / 1000 if case.case == "deadline" else None
    client.keyset()  # fetched beforehand, so that a short deadline is the stream's
    stream = client.stream_chat(model, _input(case, _LONG_TOKENS if is_long else case.max_tokens), timeout=timeout)
    after_chunk = _after_chunk(case, stream.close)
    try:
        with stream:
            for chunk in stream:
                outcome.chunks += 1
                outcome.text += chat_chunk_text(chunk)
                after_chunk(outcome.chunks)
    finally:
        outcome.checkpointed = stream.checkpointed
        outcome.metadata(stream.metadata)
    outcome.seal(stream.seal)


def _after_chunk(case: ProbeCase, leave: Callable[[], None]) -> Callable[[int], None]:
    def after_chunk(chunks: int) -> None:
        if case.case == "cancel" and chunks == case.cancel_after:
            leave()
        if case.case == "slow" and chunks <= _SLOW_CHUNKS:
            # A reader that is slower than the engine: the delay is the case, it waits for nothing.
            time.sleep(case.slow_ms / 1000)

    return after_chunk


def _input(case: ProbeCase, max_tokens: int) -> chat_pb2.ChatInput:
    return chat_pb2.ChatInput(
        messages=[user_message(case.prompt)], sampling=sampling_pb2.SamplingOptions(max_tokens=max_tokens)
    )


def _client(case: ProbeCase) -> Client:
    if case.http not in ("", "1", "2"):
        raise BadCaseError(f"unknown HTTP version {case.http!r}")
    http_version = cast("Literal[1, 2]", int(case.http)) if case.http else None
    tls_ca: bytes | None = None
    if case.ca:
        tls_ca = Path(case.ca).read_bytes()
    elif case.insecure_tls and case.url.startswith("https:"):
        tls_ca = presented_certificate(case.url)
    trust: Trust = PinnedKeyset(case.pin) if case.pin else UnattestedKeyset()
    return Client(
        case.url,
        case.token,
        trust,
        protocol=cast("Protocol", case.protocol),  # Client refuses others
        http_version=http_version,
        tls_ca=tls_ca,
        timeout=_TIMEOUT_S,
    )
