"""Requests that are about to be sent."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from google.protobuf.message import Message

from countersign.inference.v1 import inference_service_pb2
from countersign.transcript.v1 import transcript_pb2
from countersign_client.errors import CountersignError
from countersign_client.signing import Keyset
from countersign_client.transcript import request_digest
from countersign_client.verifier import Exchange

RequestT = TypeVar(
    "RequestT",
    inference_service_pb2.ChatRequest,
    inference_service_pb2.StreamChatRequest,
    inference_service_pb2.CompleteRequest,
    inference_service_pb2.StreamCompleteRequest,
    inference_service_pb2.EmbedRequest,
    inference_service_pb2.TokenizeRequest,
)

_SERVICE: Final[str] = inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"].full_name


@dataclass(frozen=True, slots=True)
class Outgoing(Generic[RequestT]):
    """A request with its digest."""

    method: str
    """Full method name."""
    request: RequestT
    """The request, its payload serialised."""
    digest: bytes
    """`q`, 32 bytes."""

    def exchange(self, keyset: Keyset) -> Exchange:
        """Return what the answer will be compared with, under this trusted keyset."""
        return Exchange(
            method=self.method,
            model=self.request.model,
            request_digest=self.digest,
            # The request's own copy: the caller may change its object while the answer streams.
            constraints=self.request.constraints,
            keyset=keyset,
        )


def outgoing(
    request_type: type[RequestT],
    model: str,
    content: Message,
    constraints: transcript_pb2.Constraints | None,
    proof: transcript_pb2.ProofOptions | None = None,
) -> Outgoing[RequestT]:
    """Serialise the content once, hash those bytes and put them into a request.

    Args:
        request_type: `<Method>Request`.
        model: name of the model.
        content: the typed input of the method.
        constraints: demands, echoed in the seal.
        proof: which checkpoints to ask for.

    Raises:
        CountersignError: `input.invalid`.
    """
    if not model:
        raise CountersignError("input.invalid", "model is empty; list_models names the models there are")
    payload = content.SerializeToString()
    request = request_type(model=model, payload=payload, constraints=constraints, proof=proof)
    method = request_type.DESCRIPTOR.name.removesuffix("Request")
    return Outgoing(f"/{_SERVICE}/{method}", request, request_digest(payload))
