"""The REST door of the gateway that the tests stand up. The model's name says how it behaves."""

import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from fake_rpc import TOKEN, WORDS
from signer import RESPONSE, STREAM, Signer


@dataclass
class RestAnswer:
    """A status, headers, and a body in pieces; `breaks` leaves out the end."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)
    breaks: bool = False


@dataclass
class Stored:
    """What is known of an answer."""

    text: str
    signer: Signer = RESPONSE


class RestDoor:
    """Answers in the shape of the OpenAI API and stores signatures."""

    def __init__(self) -> None:
        self.stored: dict[str, Stored] = {}
        self.lookups: list[str] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self._numbers = itertools.count(1)

    def handle(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> RestAnswer:
        self.requests.append((method, path, headers))
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return _json(401, {"error": {"message": "the token is missing or wrong", "code": "unauthorized"}})
        if path.startswith("/v1/signature/"):
            return self._signature(path.removeprefix("/v1/signature/"), query)
        if path == "/v1/models":
            return _json(200, {"object": "list", "data": [{"id": "honest", "object": "model"}]})
        return self._inference(json.loads(body), body)

    def _inference(self, request: dict[str, object], body: bytes) -> RestAnswer:
        model = str(request["model"])
        if model == "moved":
            return RestAnswer(307, {"location": "/v1/elsewhere"})
        if model == "unknown":
            return _json(404, {"error": {"message": "no such model", "code": "model_not_found"}})
        number = next(self._numbers)
        identifier, receipt = f"chatcmpl-{number}", f"rcpt-{number}"
        stream = request.get("stream") is True
        pieces = list(_events(identifier, model)) if stream else [_completion(identifier, model)]
        answer = RestAnswer(200, {"content-type": "text/event-stream" if stream else "application/json"}, pieces)
        sent = b"".join(pieces)
        if model == "flipped":
            answer.pieces = [piece.replace(b"Hello", b"Jello") for piece in pieces]
        if model == "cut":
            answer.pieces, answer.breaks = pieces[:3], True
        if model == "no-done":
            answer.pieces = pieces[:-1]
            sent = b"".join(answer.pieces)
        if model == "slivers":
            answer.pieces = [sent[index : index + 1] for index in range(len(sent))]
        if model != "no-receipt":
            answer.headers["x-receipt-id"] = receipt
        if model == "no-id":
            del answer.headers["x-receipt-id"]
            answer.pieces = [b'{"choices":[]}']
        self._store(model, body, sent, identifier, receipt)
        return answer

    def _store(self, model: str, body: bytes, sent: bytes, identifier: str, receipt: str) -> None:
        digests = [hashlib.sha256(body).hexdigest(), hashlib.sha256(sent).hexdigest()]
        text = ":".join([model, *digests])
        if model == "other-request":
            text = ":".join([model, "0" * 64, digests[1]])
        if model == "other-name":
            text = ":".join(["honest", *digests])
        if model == "two-parts":
            text = ":".join(digests)
        if model == "incomplete":
            text = f"countersign.response.v1:upstream_failed:{model}:{digests[0]}:{len(sent)}:{digests[1]}"
        if model == "no-text":
            text = "nothing of the kind"
        stored = Stored(text, STREAM if model == "wrong-role" else RESPONSE)
        if model != "unsigned":
            self.stored[receipt] = self.stored[identifier] = stored

    def _signature(self, identifier: str, query: str) -> RestAnswer:
        self.lookups.append(f"{identifier}?{query}")
        stored = self.stored.get(identifier)
        if stored is None:
            return _json(404, {"error": {"message": "Chat id not found or expired"}})
        text, signer = stored.text, stored.signer
        if query == "signing_algo=ed25519":
            if ":two-texts:" in f":{text}":
                text += " "
            return _json(
                200,
                {
                    "text": text,
                    "signature": signer.ed25519_signature(text).value.hex(),
                    "signing_address": signer.ed25519_key.hex(),
                    "signing_algo": "ed25519",
                },
            )
        signature = f"0x{signer.ecdsa(text).value.hex()}"
        return _json(
            200,
            {"text": text, "signature": signature, "signing_address": signer.address, "signing_algo": "ecdsa"},
        )


def _json(status: int, value: object) -> RestAnswer:
    return RestAnswer(status, {"content-type": "application/json"}, [json.dumps(value).encode()])


def _completion(identifier: str, model: str) -> bytes:
    message = {"role": "assistant", "content": "".join(WORDS)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps(
        {"id": identifier, "object": "chat.completion", "created": 1, "model": model, "choices": [choice]}
    ).encode()


def _events(identifier: str, model: str) -> Iterator[bytes]:
    for word in WORDS:
        choice = {"index": 0, "delta": {"content": word}, "finish_reason": None}
        event = {
            "id": identifier,
            "object": "chat.completion.chunk",
            "created": 1,
            "model": model,
            "choices": [choice],
        }
        yield f"data: {json.dumps(event)}\n\n".encode()
    yield b"data: [DONE]\n\n"
