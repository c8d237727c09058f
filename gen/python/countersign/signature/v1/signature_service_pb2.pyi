import datetime

from countersign.transcript.v1 import transcript_pb2 as _transcript_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetSignatureRequest(_message.Message):
    __slots__ = ("id", "model")
    ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    id: str
    model: str
    def __init__(self, id: _Optional[str] = ..., model: _Optional[str] = ...) -> None: ...

class GetSignatureResponse(_message.Message):
    __slots__ = ("text", "ecdsa", "ed25519", "status", "response_id", "receipt_id", "ecdsa_address", "ed25519_public_key", "expires")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ECDSA_FIELD_NUMBER: _ClassVar[int]
    ED25519_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_ID_FIELD_NUMBER: _ClassVar[int]
    ECDSA_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    ED25519_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_FIELD_NUMBER: _ClassVar[int]
    text: str
    ecdsa: _transcript_pb2.Signature
    ed25519: _transcript_pb2.Signature
    status: _transcript_pb2.SealStatus
    response_id: str
    receipt_id: str
    ecdsa_address: str
    ed25519_public_key: bytes
    expires: _timestamp_pb2.Timestamp
    def __init__(self, text: _Optional[str] = ..., ecdsa: _Optional[_Union[_transcript_pb2.Signature, _Mapping]] = ..., ed25519: _Optional[_Union[_transcript_pb2.Signature, _Mapping]] = ..., status: _Optional[_Union[_transcript_pb2.SealStatus, str]] = ..., response_id: _Optional[str] = ..., receipt_id: _Optional[str] = ..., ecdsa_address: _Optional[str] = ..., ed25519_public_key: _Optional[bytes] = ..., expires: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetReceiptRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetReceiptResponse(_message.Message):
    __slots__ = ("receipt", "content_type")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    receipt: bytes
    content_type: str
    def __init__(self, receipt: _Optional[bytes] = ..., content_type: _Optional[str] = ...) -> None: ...

class VerifySignatureRequest(_message.Message):
    __slots__ = ("text", "signature")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    text: str
    signature: _transcript_pb2.Signature
    def __init__(self, text: _Optional[str] = ..., signature: _Optional[_Union[_transcript_pb2.Signature, _Mapping]] = ...) -> None: ...

class VerifySignatureResponse(_message.Message):
    __slots__ = ("valid", "cause")
    VALID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    cause: str
    def __init__(self, valid: _Optional[bool] = ..., cause: _Optional[str] = ...) -> None: ...

class WatchReceiptsRequest(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: str
    def __init__(self, model: _Optional[str] = ...) -> None: ...

class WatchReceiptsResponse(_message.Message):
    __slots__ = ("receipt_id", "status", "ended")
    RECEIPT_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    receipt_id: str
    status: _transcript_pb2.SealStatus
    ended: _timestamp_pb2.Timestamp
    def __init__(self, receipt_id: _Optional[str] = ..., status: _Optional[_Union[_transcript_pb2.SealStatus, str]] = ..., ended: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
