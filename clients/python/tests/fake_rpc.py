"""The RPC services of the gateway that the tests stand up. The model's name says how it behaves."""

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from connectrpc.code import Code
from connectrpc.errors import ConnectError, ErrorDetail
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from protobuf.wkt import Any as WireAny
from sealer import STATUSES, Sealer
from signer import KEYSET, STREAM

from countersign.attestation.v1 import attestation_service_pb2
from countersign.attestation.v1.attestation_service_connect import AttestationService
from countersign.inference.v1 import (
    chat_pb2,
    completion_pb2,
    embedding_pb2,
    inference_service_pb2,
    tokenization_pb2,
)
from countersign.inference.v1.inference_service_connect import InferenceService
from countersign.signature.v1 import signature_service_pb2
from countersign.signature.v1.signature_service_connect import SignatureService

TOKEN = "secret-token"
WORDS = ["Hello", " there", ",", " this", " is", " signed", "."]
_ResponseT = TypeVar("_ResponseT", bound=Message)


class Inference(InferenceService):
    """InferenceService."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.texts: dict[str, str] = {}
        self.endless_ended = threading.Event()
        self.endless_began = threading.Event()
        self._numbers = itertools.count(1)

    async def chat(self, request: inference_service_pb2.ChatRequest, ctx: Any) -> inference_service_pb2.ChatResponse:
        content = [chat_pb2.ContentPart(text="".join(WORDS))]
        message = chat_pb2.Message(role=chat_pb2.ROLE_ASSISTANT, content=content)
        result = chat_pb2.ChatResult(choices=[chat_pb2.ChatChoice(message=message)])
        return await self._unary("Chat", request, ctx, result, inference_service_pb2.ChatResponse)

    async def complete(
        self, request: inference_service_pb2.CompleteRequest, ctx: Any
    ) -> inference_service_pb2.CompleteResponse:
        result = completion_pb2.CompletionResult(choices=[completion_pb2.CompletionDelta(text="".join(WORDS))])
        return await self._unary("Complete", request, ctx, result, inference_service_pb2.CompleteResponse)

    async def embed(self, request: inference_service_pb2.EmbedRequest, ctx: Any) -> inference_service_pb2.EmbedResponse:
        result = embedding_pb2.EmbeddingResult(embeddings=[embedding_pb2.Embedding(values=[1.0, 0.5])])
        return await self._unary("Embed", request, ctx, result, inference_service_pb2.EmbedResponse)

    async def tokenize(
        self, request: inference_service_pb2.TokenizeRequest, ctx: Any
    ) -> inference_service_pb2.TokenizeResponse:
        result = tokenization_pb2.TokenizeResult(count=3, token_ids=[1, 2, 3])
        return await self._unary("Tokenize", request, ctx, result, inference_service_pb2.TokenizeResponse)

    async def list_models(
        self, request: inference_service_pb2.ListModelsRequest, ctx: Any
    ) -> inference_service_pb2.ListModelsResponse:
        authenticate(ctx)
        return inference_service_pb2.ListModelsResponse(models=[inference_service_pb2.Model(name="honest")])

    async def stream_chat(
        self, request: inference_service_pb2.StreamChatRequest, ctx: Any
    ) -> AsyncIterator[inference_service_pb2.StreamChatResponse]:
        def payload(word: str) -> Message:
            return chat_pb2.ChatChunk(deltas=[chat_pb2.ChatDelta(content=word)])

        async for event in self._stream("StreamChat", request, ctx, payload):
            yield inference_service_pb2.StreamChatResponse(**event)

    async def stream_complete(
        self, request: inference_service_pb2.StreamCompleteRequest, ctx: Any
    ) -> AsyncIterator[inference_service_pb2.StreamCompleteResponse]:
        def payload(word: str) -> Message:
            return completion_pb2.CompletionResult(choices=[completion_pb2.CompletionDelta(text=word)])

        async for event in self._stream("StreamComplete", request, ctx, payload):
            yield inference_service_pb2.StreamCompleteResponse(**event)

    def _begin(self, method: str, request: Any, ctx: Any) -> Sealer:
        authenticate(ctx)
        self.requests.append(request)
        ctx.response_headers["x-fake-leading"] = "1"
        ctx.response_trailers["x-fake-trailing"] = "1"
        if request.model == "unknown":
            raise refusal()
        if request.model in ("no-such-model", "honest-that-does-not-exist"):
            raise ConnectError(Code.NOT_FOUND, "no such model")
        constraints = request.constraints if request.HasField("constraints") else None
        return Sealer(method, request.model, request.payload, constraints, f"receipt-{next(self._numbers)}")

    async def _unary(
        self, method: str, request: Any, ctx: Any, result: Message, response_type: type[_ResponseT]
    ) -> _ResponseT:
        sealer = self._begin(method, request, ctx)
        if request.model == "endless":
            await self._hang()
        payload = result.SerializeToString()
        sealer.chunk(payload)
        seal = sealer.seal("upstream_failed", "engine_failed") if request.model == "failing" else sealer.seal()
        return response_type(**{"payload": payload, "seal": seal})

    async def _hang(self) -> None:
        self.endless_began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.endless_ended.set()

    async def _stream(self, method: str, request: Any, ctx: Any, payload: Any) -> AsyncIterator[dict[str, Any]]:
        sealer = self._begin(method, request, ctx)
        model = request.model
        is_endless = model in ("endless", "tampering")
        yield {"accepted": sealer.accepted()}
        every = request.proof.checkpoint_chunks
        try:
            for word in itertools.cycle(WORDS) if is_endless else WORDS:
                chunk = sealer.chunk(payload(word).SerializeToString())
                if model == "tampering" and chunk.sequence == 3:
                    chunk.payload = payload("forged").SerializeToString()
                yield {"chunk": chunk}
                if every and chunk.sequence % every == 0:
                    yield {"checkpoint": sealer.checkpoint()}
                if model == "failing" and chunk.sequence == 2:
                    yield {"seal": sealer.seal("upstream_failed", "engine_failed")}
                    raise ConnectError(Code.UNAVAILABLE, "the engine failed")
                if model == "breaking" and chunk.sequence == 2:
                    raise ConnectError(Code.UNAVAILABLE, "the engine failed")
                if model == "cut" and chunk.sequence == 2:
                    return
                if is_endless:
                    self.endless_began.set()
                    await asyncio.sleep(0)
        finally:
            if is_endless:
                self.endless_ended.set()
        seal = sealer.seal()
        self.texts[sealer.receipt_id] = seal.signed_text
        yield {"seal": seal}
        if model == "talkative":
            yield {"chunk": sealer.chunk(b"")}


class Attestation(AttestationService):
    """AttestationService."""

    def __init__(self) -> None:
        self.keyset = KEYSET
        self.requests: list[attestation_service_pb2.GetKeysetRequest] = []

    async def get_keyset(
        self, request: attestation_service_pb2.GetKeysetRequest, ctx: Any
    ) -> attestation_service_pb2.GetKeysetResponse:
        self.requests.append(request)
        return attestation_service_pb2.GetKeysetResponse(keyset=self.keyset)


class Signatures(SignatureService):
    """SignatureService."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    async def get_signature(
        self, request: signature_service_pb2.GetSignatureRequest, ctx: Any
    ) -> signature_service_pb2.GetSignatureResponse:
        authenticate(ctx)
        text = self._inference.texts.get(request.id)
        if text is None:
            raise ConnectError(Code.NOT_FOUND, "no such signature")
        expires = Timestamp()
        expires.FromMilliseconds(1_800_000_000_000)
        return signature_service_pb2.GetSignatureResponse(
            text=text,
            ecdsa=STREAM.ecdsa(text),
            ed25519=STREAM.ed25519_signature(text),
            status=STATUSES["complete"],
            response_id=f"response-of-{request.id}",
            receipt_id=request.id,
            ecdsa_address=STREAM.address,
            ed25519_public_key=STREAM.ed25519_key,
            expires=expires,
        )


def authenticate(ctx: Any) -> None:
    if ctx.request_headers.get("authorization") != f"Bearer {TOKEN}":
        raise ConnectError(Code.UNAUTHENTICATED, "the token is missing or wrong")


def refusal() -> ConnectError:
    violation = BadRequest.FieldViolation(field="model", description="is not served here")
    return ConnectError(
        Code.INVALID_ARGUMENT,
        "no such model",
        [
            _detail(ErrorInfo(domain="countersign", reason="MODEL_UNKNOWN")),
            _detail(BadRequest(field_violations=[violation])),
        ],
    )


def _detail(message: Message) -> ErrorDetail:
    name = message.DESCRIPTOR.full_name
    return ErrorDetail(WireAny(type_url=f"type.googleapis.com/{name}", value=message.SerializeToString()))
