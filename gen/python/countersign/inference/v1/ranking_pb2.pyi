from countersign.transcript.v1 import transcript_pb2 as _transcript_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RerankInput(_message.Message):
    __slots__ = ("query", "documents", "top_n", "extras")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    TOP_N_FIELD_NUMBER: _ClassVar[int]
    EXTRAS_FIELD_NUMBER: _ClassVar[int]
    query: str
    documents: _containers.RepeatedScalarFieldContainer[str]
    top_n: int
    extras: _struct_pb2.Struct
    def __init__(self, query: _Optional[str] = ..., documents: _Optional[_Iterable[str]] = ..., top_n: _Optional[int] = ..., extras: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class RankedDocument(_message.Message):
    __slots__ = ("index", "score", "text")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    index: int
    score: float
    text: str
    def __init__(self, index: _Optional[int] = ..., score: _Optional[float] = ..., text: _Optional[str] = ...) -> None: ...

class RerankResult(_message.Message):
    __slots__ = ("documents", "id", "model", "usage")
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    documents: _containers.RepeatedCompositeFieldContainer[RankedDocument]
    id: str
    model: str
    usage: _transcript_pb2.Usage
    def __init__(self, documents: _Optional[_Iterable[_Union[RankedDocument, _Mapping]]] = ..., id: _Optional[str] = ..., model: _Optional[str] = ..., usage: _Optional[_Union[_transcript_pb2.Usage, _Mapping]] = ...) -> None: ...

class ScoreInput(_message.Message):
    __slots__ = ("texts", "others", "extras")
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    OTHERS_FIELD_NUMBER: _ClassVar[int]
    EXTRAS_FIELD_NUMBER: _ClassVar[int]
    texts: _containers.RepeatedScalarFieldContainer[str]
    others: _containers.RepeatedScalarFieldContainer[str]
    extras: _struct_pb2.Struct
    def __init__(self, texts: _Optional[_Iterable[str]] = ..., others: _Optional[_Iterable[str]] = ..., extras: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class ScoreResult(_message.Message):
    __slots__ = ("scores", "id", "model", "usage")
    SCORES_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    scores: _containers.RepeatedScalarFieldContainer[float]
    id: str
    model: str
    usage: _transcript_pb2.Usage
    def __init__(self, scores: _Optional[_Iterable[float]] = ..., id: _Optional[str] = ..., model: _Optional[str] = ..., usage: _Optional[_Union[_transcript_pb2.Usage, _Mapping]] = ...) -> None: ...
