import datetime

from countersign.attestation.v1 import keyset_pb2 as _keyset_pb2
from countersign.transcript.v1 import transcript_pb2 as _transcript_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CheckOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHECK_OUTCOME_UNSPECIFIED: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_PASS: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_FAIL: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_SKIP: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_WAIVED: _ClassVar[CheckOutcome]
CHECK_OUTCOME_UNSPECIFIED: CheckOutcome
CHECK_OUTCOME_PASS: CheckOutcome
CHECK_OUTCOME_FAIL: CheckOutcome
CHECK_OUTCOME_SKIP: CheckOutcome
CHECK_OUTCOME_WAIVED: CheckOutcome

class DeviceEvidence(_message.Message):
    __slots__ = ("gpus",)
    GPUS_FIELD_NUMBER: _ClassVar[int]
    gpus: _containers.RepeatedCompositeFieldContainer[GpuEvidence]
    def __init__(self, gpus: _Optional[_Iterable[_Union[GpuEvidence, _Mapping]]] = ...) -> None: ...

class GpuEvidence(_message.Message):
    __slots__ = ("architecture", "report", "certificates")
    ARCHITECTURE_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    architecture: str
    report: bytes
    certificates: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, architecture: _Optional[str] = ..., report: _Optional[bytes] = ..., certificates: _Optional[_Iterable[bytes]] = ...) -> None: ...

class ServingManifest(_message.Message):
    __slots__ = ("models", "image_digest", "source_commit", "routes", "server_side_tools")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SOURCE_COMMIT_FIELD_NUMBER: _ClassVar[int]
    ROUTES_FIELD_NUMBER: _ClassVar[int]
    SERVER_SIDE_TOOLS_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[ServedModel]
    image_digest: bytes
    source_commit: str
    routes: _containers.RepeatedCompositeFieldContainer[ServedRoute]
    server_side_tools: bool
    def __init__(self, models: _Optional[_Iterable[_Union[ServedModel, _Mapping]]] = ..., image_digest: _Optional[bytes] = ..., source_commit: _Optional[str] = ..., routes: _Optional[_Iterable[_Union[ServedRoute, _Mapping]]] = ..., server_side_tools: _Optional[bool] = ...) -> None: ...

class ServedModel(_message.Message):
    __slots__ = ("name", "digest", "generation")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: _transcript_pb2.ModelDigest
    generation: int
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[_Union[_transcript_pb2.ModelDigest, _Mapping]] = ..., generation: _Optional[int] = ...) -> None: ...

class ServedRoute(_message.Message):
    __slots__ = ("model", "upstream_kind", "verified")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    UPSTREAM_KIND_FIELD_NUMBER: _ClassVar[int]
    VERIFIED_FIELD_NUMBER: _ClassVar[int]
    model: str
    upstream_kind: str
    verified: bool
    def __init__(self, model: _Optional[str] = ..., upstream_kind: _Optional[str] = ..., verified: _Optional[bool] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("keyset", "devices", "manifest", "nonce", "quote", "event_log", "vm_config", "collateral", "fresh", "created", "simulated", "app_compose")
    KEYSET_FIELD_NUMBER: _ClassVar[int]
    DEVICES_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    EVENT_LOG_FIELD_NUMBER: _ClassVar[int]
    VM_CONFIG_FIELD_NUMBER: _ClassVar[int]
    COLLATERAL_FIELD_NUMBER: _ClassVar[int]
    FRESH_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    APP_COMPOSE_FIELD_NUMBER: _ClassVar[int]
    keyset: bytes
    devices: bytes
    manifest: bytes
    nonce: bytes
    quote: bytes
    event_log: bytes
    vm_config: bytes
    collateral: bytes
    fresh: bool
    created: _timestamp_pb2.Timestamp
    simulated: bool
    app_compose: bytes
    def __init__(self, keyset: _Optional[bytes] = ..., devices: _Optional[bytes] = ..., manifest: _Optional[bytes] = ..., nonce: _Optional[bytes] = ..., quote: _Optional[bytes] = ..., event_log: _Optional[bytes] = ..., vm_config: _Optional[bytes] = ..., collateral: _Optional[bytes] = ..., fresh: _Optional[bool] = ..., created: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., simulated: _Optional[bool] = ..., app_compose: _Optional[bytes] = ...) -> None: ...

class GetEvidenceRequest(_message.Message):
    __slots__ = ("nonce",)
    NONCE_FIELD_NUMBER: _ClassVar[int]
    nonce: bytes
    def __init__(self, nonce: _Optional[bytes] = ...) -> None: ...

class GetEvidenceResponse(_message.Message):
    __slots__ = ("evidence",)
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    evidence: Evidence
    def __init__(self, evidence: _Optional[_Union[Evidence, _Mapping]] = ...) -> None: ...

class GetKeysetRequest(_message.Message):
    __slots__ = ("digest",)
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    digest: bytes
    def __init__(self, digest: _Optional[bytes] = ...) -> None: ...

class GetKeysetResponse(_message.Message):
    __slots__ = ("keyset", "source", "simulated")
    KEYSET_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    keyset: bytes
    source: _keyset_pb2.KeySourceKind
    simulated: bool
    def __init__(self, keyset: _Optional[bytes] = ..., source: _Optional[_Union[_keyset_pb2.KeySourceKind, str]] = ..., simulated: _Optional[bool] = ...) -> None: ...

class AttestConnectionRequest(_message.Message):
    __slots__ = ("nonce",)
    NONCE_FIELD_NUMBER: _ClassVar[int]
    nonce: bytes
    def __init__(self, nonce: _Optional[bytes] = ...) -> None: ...

class AttestConnectionResponse(_message.Message):
    __slots__ = ("evidence",)
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    evidence: Evidence
    def __init__(self, evidence: _Optional[_Union[Evidence, _Mapping]] = ...) -> None: ...

class Session(_message.Message):
    __slots__ = ("id", "upstream_kind", "verified", "expires")
    ID_FIELD_NUMBER: _ClassVar[int]
    UPSTREAM_KIND_FIELD_NUMBER: _ClassVar[int]
    VERIFIED_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_FIELD_NUMBER: _ClassVar[int]
    id: str
    upstream_kind: str
    verified: _timestamp_pb2.Timestamp
    expires: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., upstream_kind: _Optional[str] = ..., verified: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListSessionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSessionsResponse(_message.Message):
    __slots__ = ("sessions", "next_page_token")
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    sessions: _containers.RepeatedCompositeFieldContainer[Session]
    next_page_token: str
    def __init__(self, sessions: _Optional[_Iterable[_Union[Session, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetSessionRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetSessionResponse(_message.Message):
    __slots__ = ("session", "document")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    session: Session
    document: bytes
    def __init__(self, session: _Optional[_Union[Session, _Mapping]] = ..., document: _Optional[bytes] = ...) -> None: ...

class Check(_message.Message):
    __slots__ = ("id", "outcome", "cause", "remedy")
    ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    id: str
    outcome: CheckOutcome
    cause: str
    remedy: str
    def __init__(self, id: _Optional[str] = ..., outcome: _Optional[_Union[CheckOutcome, str]] = ..., cause: _Optional[str] = ..., remedy: _Optional[str] = ...) -> None: ...

class VerifyEvidenceRequest(_message.Message):
    __slots__ = ("evidence", "policy", "nonce")
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    evidence: Evidence
    policy: bytes
    nonce: bytes
    def __init__(self, evidence: _Optional[_Union[Evidence, _Mapping]] = ..., policy: _Optional[bytes] = ..., nonce: _Optional[bytes] = ...) -> None: ...

class VerifyEvidenceResponse(_message.Message):
    __slots__ = ("accepted", "checks", "simulated", "verdict")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    accepted: bool
    checks: _containers.RepeatedCompositeFieldContainer[Check]
    simulated: bool
    verdict: bytes
    def __init__(self, accepted: _Optional[bool] = ..., checks: _Optional[_Iterable[_Union[Check, _Mapping]]] = ..., simulated: _Optional[bool] = ..., verdict: _Optional[bytes] = ...) -> None: ...
