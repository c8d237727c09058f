from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SealStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEAL_STATUS_UNSPECIFIED: _ClassVar[SealStatus]
    SEAL_STATUS_COMPLETE: _ClassVar[SealStatus]
    SEAL_STATUS_UPSTREAM_FAILED: _ClassVar[SealStatus]
    SEAL_STATUS_CANCELLED: _ClassVar[SealStatus]

class RequestForm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REQUEST_FORM_UNSPECIFIED: _ClassVar[RequestForm]
    REQUEST_FORM_PAYLOAD: _ClassVar[RequestForm]
    REQUEST_FORM_TYPED: _ClassVar[RequestForm]
    REQUEST_FORM_ENVELOPE: _ClassVar[RequestForm]

class ModelDigestKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODEL_DIGEST_KIND_UNSPECIFIED: _ClassVar[ModelDigestKind]
    MODEL_DIGEST_KIND_NONE: _ClassVar[ModelDigestKind]
    MODEL_DIGEST_KIND_VERITY: _ClassVar[ModelDigestKind]
    MODEL_DIGEST_KIND_FILE_MANIFEST: _ClassVar[ModelDigestKind]
    MODEL_DIGEST_KIND_INDEX: _ClassVar[ModelDigestKind]
    MODEL_DIGEST_KIND_STATIC: _ClassVar[ModelDigestKind]
SEAL_STATUS_UNSPECIFIED: SealStatus
SEAL_STATUS_COMPLETE: SealStatus
SEAL_STATUS_UPSTREAM_FAILED: SealStatus
SEAL_STATUS_CANCELLED: SealStatus
REQUEST_FORM_UNSPECIFIED: RequestForm
REQUEST_FORM_PAYLOAD: RequestForm
REQUEST_FORM_TYPED: RequestForm
REQUEST_FORM_ENVELOPE: RequestForm
MODEL_DIGEST_KIND_UNSPECIFIED: ModelDigestKind
MODEL_DIGEST_KIND_NONE: ModelDigestKind
MODEL_DIGEST_KIND_VERITY: ModelDigestKind
MODEL_DIGEST_KIND_FILE_MANIFEST: ModelDigestKind
MODEL_DIGEST_KIND_INDEX: ModelDigestKind
MODEL_DIGEST_KIND_STATIC: ModelDigestKind

class ModelDigest(_message.Message):
    __slots__ = ("kind", "value")
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    kind: ModelDigestKind
    value: bytes
    def __init__(self, kind: _Optional[_Union[ModelDigestKind, str]] = ..., value: _Optional[bytes] = ...) -> None: ...

class Signature(_message.Message):
    __slots__ = ("key_id", "value")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    value: bytes
    def __init__(self, key_id: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...

class Usage(_message.Message):
    __slots__ = ("prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "reasoning_tokens")
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_TOKENS_FIELD_NUMBER: _ClassVar[int]
    CACHED_TOKENS_FIELD_NUMBER: _ClassVar[int]
    REASONING_TOKENS_FIELD_NUMBER: _ClassVar[int]
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    def __init__(self, prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ..., total_tokens: _Optional[int] = ..., cached_tokens: _Optional[int] = ..., reasoning_tokens: _Optional[int] = ...) -> None: ...

class Constraints(_message.Message):
    __slots__ = ("require_verified_upstream", "session_ids", "model_digest", "forbid_server_side_tools", "reproducible", "require_envelope")
    REQUIRE_VERIFIED_UPSTREAM_FIELD_NUMBER: _ClassVar[int]
    SESSION_IDS_FIELD_NUMBER: _ClassVar[int]
    MODEL_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FORBID_SERVER_SIDE_TOOLS_FIELD_NUMBER: _ClassVar[int]
    REPRODUCIBLE_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    require_verified_upstream: bool
    session_ids: _containers.RepeatedScalarFieldContainer[str]
    model_digest: ModelDigest
    forbid_server_side_tools: bool
    reproducible: bool
    require_envelope: bool
    def __init__(self, require_verified_upstream: _Optional[bool] = ..., session_ids: _Optional[_Iterable[str]] = ..., model_digest: _Optional[_Union[ModelDigest, _Mapping]] = ..., forbid_server_side_tools: _Optional[bool] = ..., reproducible: _Optional[bool] = ..., require_envelope: _Optional[bool] = ...) -> None: ...

class ProofOptions(_message.Message):
    __slots__ = ("checkpoint_chunks", "checkpoint_interval_ms")
    CHECKPOINT_CHUNKS_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_INTERVAL_MS_FIELD_NUMBER: _ClassVar[int]
    checkpoint_chunks: int
    checkpoint_interval_ms: int
    def __init__(self, checkpoint_chunks: _Optional[int] = ..., checkpoint_interval_ms: _Optional[int] = ...) -> None: ...

class Accepted(_message.Message):
    __slots__ = ("request_digest", "receipt_id", "keyset_digest", "model_digest")
    REQUEST_DIGEST_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_ID_FIELD_NUMBER: _ClassVar[int]
    KEYSET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    MODEL_DIGEST_FIELD_NUMBER: _ClassVar[int]
    request_digest: bytes
    receipt_id: str
    keyset_digest: bytes
    model_digest: ModelDigest
    def __init__(self, request_digest: _Optional[bytes] = ..., receipt_id: _Optional[str] = ..., keyset_digest: _Optional[bytes] = ..., model_digest: _Optional[_Union[ModelDigest, _Mapping]] = ...) -> None: ...

class Chunk(_message.Message):
    __slots__ = ("sequence", "payload", "running_hash")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    RUNNING_HASH_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    payload: bytes
    running_hash: bytes
    def __init__(self, sequence: _Optional[int] = ..., payload: _Optional[bytes] = ..., running_hash: _Optional[bytes] = ...) -> None: ...

class Checkpoint(_message.Message):
    __slots__ = ("sequence", "running_hash", "ed25519")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    RUNNING_HASH_FIELD_NUMBER: _ClassVar[int]
    ED25519_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    running_hash: bytes
    ed25519: Signature
    def __init__(self, sequence: _Optional[int] = ..., running_hash: _Optional[bytes] = ..., ed25519: _Optional[_Union[Signature, _Mapping]] = ...) -> None: ...

class SealMetadata(_message.Message):
    __slots__ = ("method", "model", "model_digest", "response_id", "receipt_id", "created_unix_ms", "sealed_unix_ms", "body_digest", "usage", "constraints", "request_form", "keyset_digest", "failure_reason")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    MODEL_DIGEST_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_UNIX_MS_FIELD_NUMBER: _ClassVar[int]
    SEALED_UNIX_MS_FIELD_NUMBER: _ClassVar[int]
    BODY_DIGEST_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FORM_FIELD_NUMBER: _ClassVar[int]
    KEYSET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FAILURE_REASON_FIELD_NUMBER: _ClassVar[int]
    method: str
    model: str
    model_digest: ModelDigest
    response_id: str
    receipt_id: str
    created_unix_ms: int
    sealed_unix_ms: int
    body_digest: bytes
    usage: Usage
    constraints: Constraints
    request_form: RequestForm
    keyset_digest: bytes
    failure_reason: str
    def __init__(self, method: _Optional[str] = ..., model: _Optional[str] = ..., model_digest: _Optional[_Union[ModelDigest, _Mapping]] = ..., response_id: _Optional[str] = ..., receipt_id: _Optional[str] = ..., created_unix_ms: _Optional[int] = ..., sealed_unix_ms: _Optional[int] = ..., body_digest: _Optional[bytes] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ..., constraints: _Optional[_Union[Constraints, _Mapping]] = ..., request_form: _Optional[_Union[RequestForm, str]] = ..., keyset_digest: _Optional[bytes] = ..., failure_reason: _Optional[str] = ...) -> None: ...

class Seal(_message.Message):
    __slots__ = ("status", "chunk_count", "request_digest", "final_hash", "metadata", "signed_text", "ecdsa", "ed25519")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CHUNK_COUNT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FINAL_HASH_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    SIGNED_TEXT_FIELD_NUMBER: _ClassVar[int]
    ECDSA_FIELD_NUMBER: _ClassVar[int]
    ED25519_FIELD_NUMBER: _ClassVar[int]
    status: SealStatus
    chunk_count: int
    request_digest: bytes
    final_hash: bytes
    metadata: bytes
    signed_text: str
    ecdsa: Signature
    ed25519: Signature
    def __init__(self, status: _Optional[_Union[SealStatus, str]] = ..., chunk_count: _Optional[int] = ..., request_digest: _Optional[bytes] = ..., final_hash: _Optional[bytes] = ..., metadata: _Optional[bytes] = ..., signed_text: _Optional[str] = ..., ecdsa: _Optional[_Union[Signature, _Mapping]] = ..., ed25519: _Optional[_Union[Signature, _Mapping]] = ...) -> None: ...
