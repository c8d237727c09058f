from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class KeyRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KEY_ROLE_UNSPECIFIED: _ClassVar[KeyRole]
    KEY_ROLE_STREAM: _ClassVar[KeyRole]
    KEY_ROLE_RESPONSE: _ClassVar[KeyRole]
    KEY_ROLE_RECEIPT: _ClassVar[KeyRole]
    KEY_ROLE_E2EE: _ClassVar[KeyRole]
    KEY_ROLE_ENVELOPE: _ClassVar[KeyRole]
    KEY_ROLE_TLS: _ClassVar[KeyRole]
    KEY_ROLE_LOG: _ClassVar[KeyRole]

class KeyAlgorithm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KEY_ALGORITHM_UNSPECIFIED: _ClassVar[KeyAlgorithm]
    KEY_ALGORITHM_ED25519: _ClassVar[KeyAlgorithm]
    KEY_ALGORITHM_SECP256K1: _ClassVar[KeyAlgorithm]
    KEY_ALGORITHM_X25519: _ClassVar[KeyAlgorithm]
    KEY_ALGORITHM_P256: _ClassVar[KeyAlgorithm]

class KeySourceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KEY_SOURCE_KIND_UNSPECIFIED: _ClassVar[KeySourceKind]
    KEY_SOURCE_KIND_GENERATED: _ClassVar[KeySourceKind]
    KEY_SOURCE_KIND_DSTACK: _ClassVar[KeySourceKind]
KEY_ROLE_UNSPECIFIED: KeyRole
KEY_ROLE_STREAM: KeyRole
KEY_ROLE_RESPONSE: KeyRole
KEY_ROLE_RECEIPT: KeyRole
KEY_ROLE_E2EE: KeyRole
KEY_ROLE_ENVELOPE: KeyRole
KEY_ROLE_TLS: KeyRole
KEY_ROLE_LOG: KeyRole
KEY_ALGORITHM_UNSPECIFIED: KeyAlgorithm
KEY_ALGORITHM_ED25519: KeyAlgorithm
KEY_ALGORITHM_SECP256K1: KeyAlgorithm
KEY_ALGORITHM_X25519: KeyAlgorithm
KEY_ALGORITHM_P256: KeyAlgorithm
KEY_SOURCE_KIND_UNSPECIFIED: KeySourceKind
KEY_SOURCE_KIND_GENERATED: KeySourceKind
KEY_SOURCE_KIND_DSTACK: KeySourceKind

class PublicKey(_message.Message):
    __slots__ = ("id", "role", "algorithm", "value", "not_before_unix_ms", "not_after_unix_ms", "custody_chain")
    ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    NOT_BEFORE_UNIX_MS_FIELD_NUMBER: _ClassVar[int]
    NOT_AFTER_UNIX_MS_FIELD_NUMBER: _ClassVar[int]
    CUSTODY_CHAIN_FIELD_NUMBER: _ClassVar[int]
    id: str
    role: KeyRole
    algorithm: KeyAlgorithm
    value: bytes
    not_before_unix_ms: int
    not_after_unix_ms: int
    custody_chain: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, id: _Optional[str] = ..., role: _Optional[_Union[KeyRole, str]] = ..., algorithm: _Optional[_Union[KeyAlgorithm, str]] = ..., value: _Optional[bytes] = ..., not_before_unix_ms: _Optional[int] = ..., not_after_unix_ms: _Optional[int] = ..., custody_chain: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Keyset(_message.Message):
    __slots__ = ("keys", "source", "created_unix_ms", "tls_spki_digests", "aci_keyset_digest")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CREATED_UNIX_MS_FIELD_NUMBER: _ClassVar[int]
    TLS_SPKI_DIGESTS_FIELD_NUMBER: _ClassVar[int]
    ACI_KEYSET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[PublicKey]
    source: KeySourceKind
    created_unix_ms: int
    tls_spki_digests: _containers.RepeatedScalarFieldContainer[bytes]
    aci_keyset_digest: bytes
    def __init__(self, keys: _Optional[_Iterable[_Union[PublicKey, _Mapping]]] = ..., source: _Optional[_Union[KeySourceKind, str]] = ..., created_unix_ms: _Optional[int] = ..., tls_spki_digests: _Optional[_Iterable[bytes]] = ..., aci_keyset_digest: _Optional[bytes] = ...) -> None: ...
