from countersign.inference.v1 import chat_pb2 as _chat_pb2
from countersign.inference.v1 import completion_pb2 as _completion_pb2
from countersign.inference.v1 import embedding_pb2 as _embedding_pb2
from countersign.inference.v1 import ranking_pb2 as _ranking_pb2
from countersign.inference.v1 import tokenization_pb2 as _tokenization_pb2
from countersign.transcript.v1 import transcript_pb2 as _transcript_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ChatRequest(_message.Message):
    __slots__ = ("model", "constraints", "proof", "payload", "chat", "envelope")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    CHAT_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    model: str
    constraints: _transcript_pb2.Constraints
    proof: _transcript_pb2.ProofOptions
    payload: bytes
    chat: _chat_pb2.ChatInput
    envelope: bytes
    def __init__(self, model: _Optional[str] = ..., constraints: _Optional[_Union[_transcript_pb2.Constraints, _Mapping]] = ..., proof: _Optional[_Union[_transcript_pb2.ProofOptions, _Mapping]] = ..., payload: _Optional[bytes] = ..., chat: _Optional[_Union[_chat_pb2.ChatInput, _Mapping]] = ..., envelope: _Optional[bytes] = ...) -> None: ...

class ChatResponse(_message.Message):
    __slots__ = ("payload", "seal")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    seal: _transcript_pb2.Seal
    def __init__(self, payload: _Optional[bytes] = ..., seal: _Optional[_Union[_transcript_pb2.Seal, _Mapping]] = ...) -> None: ...

class StreamChatRequest(_message.Message):
    __slots__ = ("model", "constraints", "proof", "payload", "chat", "envelope")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    CHAT_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    model: str
    constraints: _transcript_pb2.Constraints
    proof: _transcript_pb2.ProofOptions
    payload: bytes
    chat: _chat_pb2.ChatInput
    envelope: bytes
    def __init__(self, model: _Optional[str] = ..., constraints: _Optional[_Union[_transcript_pb2.Constraints, _Mapping]] = ..., proof: _Optional[_Union[_transcript_pb2.ProofOptions, _Mapping]] = ..., payload: _Optional[bytes] = ..., chat: _Optional[_Union[_chat_pb2.ChatInput, _Mapping]] = ..., envelope: _Optional[bytes] = ...) -> None: ...

class StreamChatResponse(_message.Message):
    __slots__ = ("accepted", "chunk", "checkpoint", "seal")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    accepted: _transcript_pb2.Accepted
    chunk: _transcript_pb2.Chunk
    checkpoint: _transcript_pb2.Checkpoint
    seal: _transcript_pb2.Seal
    def __init__(self, accepted: _Optional[_Union[_transcript_pb2.Accepted, _Mapping]] = ..., chunk: _Optional[_Union[_transcript_pb2.Chunk, _Mapping]] = ..., checkpoint: _Optional[_Union[_transcript_pb2.Checkpoint, _Mapping]] = ..., seal: _Optional[_Union[_transcript_pb2.Seal, _Mapping]] = ...) -> None: ...

class CompleteRequest(_message.Message):
    __slots__ = ("model", "constraints", "proof", "payload", "completion", "envelope")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    model: str
    constraints: _transcript_pb2.Constraints
    proof: _transcript_pb2.ProofOptions
    payload: bytes
    completion: _completion_pb2.CompletionInput
    envelope: bytes
    def __init__(self, model: _Optional[str] = ..., constraints: _Optional[_Union[_transcript_pb2.Constraints, _Mapping]] = ..., proof: _Optional[_Union[_transcript_pb2.ProofOptions, _Mapping]] = ..., payload: _Optional[bytes] = ..., completion: _Optional[_Union[_completion_pb2.CompletionInput, _Mapping]] = ..., envelope: _Optional[bytes] = ...) -> None: ...

class CompleteResponse(_message.Message):
    __slots__ = ("payload", "seal")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    seal: _transcript_pb2.Seal
    def __init__(self, payload: _Optional[bytes] = ..., seal: _Optional[_Union[_transcript_pb2.Seal, _Mapping]] = ...) -> None: ...

class StreamCompleteRequest(_message.Message):
    __slots__ = ("model", "constraints", "proof", "payload", "completion", "envelope")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    model: str
    constraints: _transcript_pb2.Constraints
    proof: _transcript_pb2.ProofOptions
    payload: bytes
    completion: _completion_pb2.CompletionInput
    envelope: bytes
    def __init__(self, model: _Optional[str] = ..., constraints: _Optional[_Union[_transcript_pb2.Constraints, _Mapping]] = ..., proof: _Optional[_Union[_transcript_pb2.ProofOptions, _Mapping]] = ..., payload: _Optional[bytes] = ..., completion: _Optional[_Union[_completion_pb2.CompletionInput, _Mapping]] = ..., envelope: _Optional[bytes] = ...) -> None: ...

class StreamCompleteResponse(_message.Message):
    __slots__ = ("accepted", "chunk", "checkpoint", "seal")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    accepted: _transcript_pb2.Accepted
    chunk: _transcript_pb2.Chunk
    checkpoint: _transcript_pb2.Checkpoint
    seal: _transcript_pb2.Seal
    def __init__(self, accepted: _Optional[_Union[_transcript_pb2.Accepted, _Mapping]] = ..., chunk: _Optional[_Union[_transcript_pb2.Chunk, _Mapping]] = ..., checkpoint: _Optional[_Union[_transcript_pb2.Checkpoint, _Mapping]] = ..., seal: _Optional[_Union[_transcript_pb2.Seal, _Mapping]] = ...) -> None: ...

class EmbedRequest(_message.Message):
    __slots__ = ("model", "constraints", "proof", "payload", "embedding", "envelope")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    EMBEDDING_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    model: str
    constraints: _transcript_pb2.Constraints
    proof: _transcript_pb2.ProofOptions
    payload: bytes
    embedding: _embedding_pb2.EmbeddingInput
    envelope: bytes
    def __init__(self, model: _Optional[str] = ..., constraints: _Optional[_Union[_transcript_pb2.Constraints, _Mapping]] = ..., proof: _Optional[_Union[_transcript_pb2.ProofOptions, _Mapping]] = ..., payload: _Optional[bytes] = ..., embedding: _Optional[_Union[_embedding_pb2.EmbeddingInput, _Mapping]] = ..., envelope: _Optional[bytes] = ...) -> None: ...

class EmbedResponse(_message.Message):
    __slots__ = ("payload", "seal")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    seal: _transcript_pb2.Seal
    def __init__(self, payload: _Optional[bytes] = ..., seal: _Optional[_Union[_transcript_pb2.Seal, _Mapping]] = ...) -> None: ...

class RerankRequest(_message.Message):
    __slots__ = ("model", "constraints", "proof", "payload", "rerank", "envelope")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    RERANK_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    model: str
    constraints: _transcript_pb2.Constraints
    proof: _transcript_pb2.ProofOptions
    payload: bytes
    rerank: _ranking_pb2.RerankInput
    envelope: bytes
    def __init__(self, model: _Optional[str] = ..., constraints: _Optional[_Union[_transcript_pb2.Constraints, _Mapping]] = ..., proof: _Optional[_Union[_transcript_pb2.ProofOptions, _Mapping]] = ..., payload: _Optional[bytes] = ..., rerank: _Optional[_Union[_ranking_pb2.RerankInput, _Mapping]] = ..., envelope: _Optional[bytes] = ...) -> None: ...

class RerankResponse(_message.Message):
    __slots__ = ("payload", "seal")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    seal: _transcript_pb2.Seal
    def __init__(self, payload: _Optional[bytes] = ..., seal: _Optional[_Union[_transcript_pb2.Seal, _Mapping]] = ...) -> None: ...

class ScoreRequest(_message.Message):
    __slots__ = ("model", "constraints", "proof", "payload", "score", "envelope")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    model: str
    constraints: _transcript_pb2.Constraints
    proof: _transcript_pb2.ProofOptions
    payload: bytes
    score: _ranking_pb2.ScoreInput
    envelope: bytes
    def __init__(self, model: _Optional[str] = ..., constraints: _Optional[_Union[_transcript_pb2.Constraints, _Mapping]] = ..., proof: _Optional[_Union[_transcript_pb2.ProofOptions, _Mapping]] = ..., payload: _Optional[bytes] = ..., score: _Optional[_Union[_ranking_pb2.ScoreInput, _Mapping]] = ..., envelope: _Optional[bytes] = ...) -> None: ...

class ScoreResponse(_message.Message):
    __slots__ = ("payload", "seal")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    seal: _transcript_pb2.Seal
    def __init__(self, payload: _Optional[bytes] = ..., seal: _Optional[_Union[_transcript_pb2.Seal, _Mapping]] = ...) -> None: ...

class TokenizeRequest(_message.Message):
    __slots__ = ("model", "constraints", "proof", "payload", "tokenize", "envelope")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    TOKENIZE_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    model: str
    constraints: _transcript_pb2.Constraints
    proof: _transcript_pb2.ProofOptions
    payload: bytes
    tokenize: _tokenization_pb2.TokenizeInput
    envelope: bytes
    def __init__(self, model: _Optional[str] = ..., constraints: _Optional[_Union[_transcript_pb2.Constraints, _Mapping]] = ..., proof: _Optional[_Union[_transcript_pb2.ProofOptions, _Mapping]] = ..., payload: _Optional[bytes] = ..., tokenize: _Optional[_Union[_tokenization_pb2.TokenizeInput, _Mapping]] = ..., envelope: _Optional[bytes] = ...) -> None: ...

class TokenizeResponse(_message.Message):
    __slots__ = ("payload", "seal")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    seal: _transcript_pb2.Seal
    def __init__(self, payload: _Optional[bytes] = ..., seal: _Optional[_Union[_transcript_pb2.Seal, _Mapping]] = ...) -> None: ...

class ListModelsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Model(_message.Message):
    __slots__ = ("name", "digest", "max_model_length", "created", "owned_by")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    MAX_MODEL_LENGTH_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    OWNED_BY_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: _transcript_pb2.ModelDigest
    max_model_length: int
    created: int
    owned_by: str
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[_Union[_transcript_pb2.ModelDigest, _Mapping]] = ..., max_model_length: _Optional[int] = ..., created: _Optional[int] = ..., owned_by: _Optional[str] = ...) -> None: ...

class ListModelsResponse(_message.Message):
    __slots__ = ("models",)
    MODELS_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[Model]
    def __init__(self, models: _Optional[_Iterable[_Union[Model, _Mapping]]] = ...) -> None: ...

class ForwardRequest(_message.Message):
    __slots__ = ("model", "constraints", "proof", "payload", "path")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    model: str
    constraints: _transcript_pb2.Constraints
    proof: _transcript_pb2.ProofOptions
    payload: bytes
    path: str
    def __init__(self, model: _Optional[str] = ..., constraints: _Optional[_Union[_transcript_pb2.Constraints, _Mapping]] = ..., proof: _Optional[_Union[_transcript_pb2.ProofOptions, _Mapping]] = ..., payload: _Optional[bytes] = ..., path: _Optional[str] = ...) -> None: ...

class ForwardResponse(_message.Message):
    __slots__ = ("payload", "seal", "content_type")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    seal: _transcript_pb2.Seal
    content_type: str
    def __init__(self, payload: _Optional[bytes] = ..., seal: _Optional[_Union[_transcript_pb2.Seal, _Mapping]] = ..., content_type: _Optional[str] = ...) -> None: ...

class StreamForwardRequest(_message.Message):
    __slots__ = ("model", "constraints", "proof", "payload", "path")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    model: str
    constraints: _transcript_pb2.Constraints
    proof: _transcript_pb2.ProofOptions
    payload: bytes
    path: str
    def __init__(self, model: _Optional[str] = ..., constraints: _Optional[_Union[_transcript_pb2.Constraints, _Mapping]] = ..., proof: _Optional[_Union[_transcript_pb2.ProofOptions, _Mapping]] = ..., payload: _Optional[bytes] = ..., path: _Optional[str] = ...) -> None: ...

class StreamForwardResponse(_message.Message):
    __slots__ = ("accepted", "chunk", "checkpoint", "seal")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    accepted: _transcript_pb2.Accepted
    chunk: _transcript_pb2.Chunk
    checkpoint: _transcript_pb2.Checkpoint
    seal: _transcript_pb2.Seal
    def __init__(self, accepted: _Optional[_Union[_transcript_pb2.Accepted, _Mapping]] = ..., chunk: _Optional[_Union[_transcript_pb2.Chunk, _Mapping]] = ..., checkpoint: _Optional[_Union[_transcript_pb2.Checkpoint, _Mapping]] = ..., seal: _Optional[_Union[_transcript_pb2.Seal, _Mapping]] = ...) -> None: ...
