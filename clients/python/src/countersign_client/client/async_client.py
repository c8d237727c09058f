"""The async client."""

from asyncio import CancelledError, sleep
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Literal, Self, TypeVar

from connectrpc.client import ResponseMetadata as RpcMetadata
from connectrpc.errors import ConnectError
from google.protobuf.message import Message

from countersign.attestation.v1 import attestation_service_pb2
from countersign.attestation.v1.attestation_service_connect import AttestationServiceClient
from countersign.inference.v1 import chat_pb2, completion_pb2, embedding_pb2, inference_service_pb2, tokenization_pb2
from countersign.inference.v1.inference_service_connect import InferenceServiceClient
from countersign.signature.v1 import signature_service_pb2
from countersign.signature.v1.signature_service_connect import SignatureServiceClient
from countersign.transcript.v1 import transcript_pb2
from countersign_client.client.answer import Answer
from countersign_client.client.async_answer_stream import AsyncAnswerStream
from countersign_client.client.call_error import call_error
from countersign_client.client.connection import Connection, Protocol, timeout_ms
from countersign_client.client.outgoing import Outgoing, RequestT, outgoing
from countersign_client.client.response_metadata import read_metadata
from countersign_client.client.stored_signature import StoredSignature, verify_stored_signature
from countersign_client.errors import CountersignError
from countersign_client.signing import Keyset
from countersign_client.trust import KeysetCache, Trust
from countersign_client.verifier import (
    Exchange,
    StreamMessage,
    UnaryMessage,
    decode_message,
    system_clock,
    verify_unary,
)

_MessageT = TypeVar("_MessageT", bound=Message)

_LAST_CALLS_SECONDS = 0.05


class AsyncClient:
    """The async form of `Client`, for one event loop.

    Close it, or use it as an async context manager. Every method raises `CountersignError`; cancelling a task cancels
    its call.
    """

    def __init__(
        self,
        url: str,
        token: str,
        trust: Trust,
        *,
        protocol: Protocol = "connect",
        http_version: Literal[1, 2] | None = None,
        tls_ca: bytes | None = None,
        timeout: float = 600.0,
    ) -> None:
        """Make a client. Nothing is sent yet.

        Args:
            url: `https://host[:port]`, or `http://` on a network that is trusted. Redirects are not followed.
            token: bearer token; empty for none.
            trust: which keyset to trust, and why. Required.
            protocol: `connect`, `grpc` (HTTP/2 only) or `grpc-web`.
            http_version: 1 or 2. None: TLS negotiates it, cleartext is 1, `grpc` is 2.
            tls_ca: PEM certificates to trust instead of the system's.
            timeout: deadline of a call from start to end, streams included. Seconds, 0.001 to 86400.

        Raises:
            CountersignError: `config.invalid`, `keyset.malformed`.
        """
        self._connection = Connection(
            url=url, token=token, protocol=protocol, http_version=http_version, tls_ca=tls_ca, timeout=timeout
        )
        self._keysets = KeysetCache(trust)
        self._transport, http = self._connection.open_async_http()
        address, options = self._connection.address, self._connection.rpc_options()
        self._inference = InferenceServiceClient(address, http_client=http, **options)
        self._attestation = AttestationServiceClient(address, http_client=http, **options)
        self._signatures = SignatureServiceClient(address, http_client=http, **options)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()
        # A thread of the HTTP library that has just called into Python needs the interpreter's lock once more. If the
        # interpreter ends before that, the thread is ended inside native code, and the whole process aborts with it.
        await sleep(_LAST_CALLS_SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def keyset(self) -> Keyset:
        """Return the trusted keyset, fetched at the first call that needs it.

        Raises:
            CountersignError: `keyset.untrusted`, `keyset.malformed`, `call.*`.
        """
        if self._keysets.current is not None:
            return self._keysets.current
        request = attestation_service_pb2.GetKeysetRequest(digest=self._keysets.wanted_digest)
        with _call_errors():
            response = await self._attestation.get_keyset(request, headers=self._connection.headers)
        return self._keysets.accept(response.keyset)

    async def chat(
        self,
        model: str,
        chat: chat_pb2.ChatInput,
        *,
        constraints: transcript_pb2.Constraints | None = None,
        timeout: float | None = None,
    ) -> Answer[chat_pb2.ChatResult]:
        """Ask for one chat answer.

        Args:
            model: name of the model, as `list_models` has it.
            chat: the conversation and its options.
            constraints: demands on whoever serves; the seal echoes them. None: none.
            timeout: deadline of this call in seconds. None: the client's.
        """
        out = outgoing(inference_service_pb2.ChatRequest, model, chat, constraints)
        return await self._answer(self._inference.chat, out, chat_pb2.ChatResult, timeout)

    def stream_chat(
        self,
        model: str,
        chat: chat_pb2.ChatInput,
        *,
        constraints: transcript_pb2.Constraints | None = None,
        proof: transcript_pb2.ProofOptions | None = None,
        timeout: float | None = None,
    ) -> AsyncAnswerStream[chat_pb2.ChatChunk]:
        """Ask for a chat answer as it is generated.

        Args:
            model: name of the model, as `list_models` has it.
            chat: the conversation and its options.
            constraints: demands on whoever serves; the seal echoes them. None: none.
            proof: how often to send a signed checkpoint. None: the operator's default.
            timeout: deadline of this call in seconds, to the end of the stream. None: the client's.
        """
        out = outgoing(inference_service_pb2.StreamChatRequest, model, chat, constraints, proof)
        return self._stream(self._inference.stream_chat, out, chat_pb2.ChatChunk, timeout)

    async def complete(
        self,
        model: str,
        completion: completion_pb2.CompletionInput,
        *,
        constraints: transcript_pb2.Constraints | None = None,
        timeout: float | None = None,
    ) -> Answer[completion_pb2.CompletionResult]:
        """Ask for one text completion. Arguments as `chat`."""
        out = outgoing(inference_service_pb2.CompleteRequest, model, completion, constraints)
        return await self._answer(self._inference.complete, out, completion_pb2.CompletionResult, timeout)

    def stream_complete(
        self,
        model: str,
        completion: completion_pb2.CompletionInput,
        *,
        constraints: transcript_pb2.Constraints | None = None,
        proof: transcript_pb2.ProofOptions | None = None,
        timeout: float | None = None,
    ) -> AsyncAnswerStream[completion_pb2.CompletionResult]:
        """Ask for a text completion as it is generated. Arguments as `stream_chat`."""
        out = outgoing(inference_service_pb2.StreamCompleteRequest, model, completion, constraints, proof)
        return self._stream(self._inference.stream_complete, out, completion_pb2.CompletionResult, timeout)

    async def embed(
        self,
        model: str,
        embedding: embedding_pb2.EmbeddingInput,
        *,
        constraints: transcript_pb2.Constraints | None = None,
        timeout: float | None = None,
    ) -> Answer[embedding_pb2.EmbeddingResult]:
        """Ask for vectors. Arguments as `chat`."""
        out = outgoing(inference_service_pb2.EmbedRequest, model, embedding, constraints)
        return await self._answer(self._inference.embed, out, embedding_pb2.EmbeddingResult, timeout)

    async def tokenize(
        self,
        model: str,
        tokenization: tokenization_pb2.TokenizeInput,
        *,
        constraints: transcript_pb2.Constraints | None = None,
        timeout: float | None = None,
    ) -> Answer[tokenization_pb2.TokenizeResult]:
        """Ask for token ids. Arguments as `chat`."""
        out = outgoing(inference_service_pb2.TokenizeRequest, model, tokenization, constraints)
        return await self._answer(self._inference.tokenize, out, tokenization_pb2.TokenizeResult, timeout)

    async def list_models(self) -> Sequence[inference_service_pb2.Model]:
        """Return the models that can be asked for. The list is not signed."""
        request = inference_service_pb2.ListModelsRequest()
        with _call_errors():
            return (await self._inference.list_models(request, headers=self._connection.headers)).models

    async def get_signature(self, identifier: str, *, model: str = "") -> StoredSignature:
        """Look up both signatures of an answer and verify them.

        Args:
            identifier: receipt id (names exactly one exchange) or response id.
            model: model the exchange was made with. Empty: the gateway's own.
        """
        keyset = await self.keyset()
        request = signature_service_pb2.GetSignatureRequest(id=identifier, model=model)
        with _call_errors():
            response = await self._signatures.get_signature(request, headers=self._connection.headers)
        return verify_stored_signature(response, identifier, keyset, system_clock())

    async def _answer(
        self,
        method: Callable[..., Awaitable[UnaryMessage]],
        out: Outgoing[RequestT],
        result_type: type[_MessageT],
        timeout: float | None,
    ) -> Answer[_MessageT]:
        deadline = self._deadline_ms(timeout)
        exchange = out.exchange(await self.keyset())
        captured = RpcMetadata()
        with captured, _call_errors():
            response = await method(out.request, headers=self._connection.headers, timeout_ms=deadline)
        try:
            seal = verify_unary(response, exchange)
        except CountersignError as error:
            self._keysets.note_failure(error)
            raise
        result = decode_message(result_type, response.payload)
        return Answer(result, seal, self._keysets.is_pinned, read_metadata(captured))

    def _stream(
        self,
        method: Callable[..., AsyncIterator[StreamMessage]],
        out: Outgoing[RequestT],
        chunk_type: type[_MessageT],
        timeout: float | None,
    ) -> AsyncAnswerStream[_MessageT]:
        deadline = self._deadline_ms(timeout)

        async def open_messages() -> tuple[AsyncIterator[StreamMessage], Exchange]:
            exchange = out.exchange(await self.keyset())
            return method(out.request, headers=self._connection.headers, timeout_ms=deadline), exchange

        return AsyncAnswerStream(open_messages, chunk_type, self._keysets)

    def _deadline_ms(self, timeout: float | None) -> int:
        return timeout_ms(self._connection.timeout if timeout is None else timeout)


@contextmanager
def _call_errors() -> Iterator[None]:
    try:
        yield
    except ConnectError as error:
        if isinstance(error.__cause__, CancelledError):
            # The RPC library turns a cancelled task into an RPC error; the task must see its cancellation.
            raise error.__cause__ from None
        raise call_error(error) from error
