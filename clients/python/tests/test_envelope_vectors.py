"""The shared envelopes, sealed here from their ephemeral secrets: HPKE from the text of RFC 9180, and nothing else."""

import hashlib
import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from vectors import load_vectors

from countersign.attestation.v1.keyset_pb2 import KEY_ROLE_ENVELOPE, Keyset
from countersign.envelope.v1.envelope_pb2 import ErrorDetails, SealedRequest
from countersign.transcript.v1.transcript_pb2 import Constraints

FILE = load_vectors("envelope")
REQUESTS = FILE["requests"]
VERSION = b"countersign.envelope.v1\x00"
KEM = b"KEM\x00\x20"
HPKE = b"HPKE\x00\x20\x00\x01\x00\x02"
Vector = dict[str, Any]


def names(vectors: list[Vector]) -> list[str]:
    return [vector["name"] for vector in vectors]


def extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt, ikm, "sha256")


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    output, block = b"", b""
    while len(output) < length:
        block = hmac.digest(prk, block + info + bytes([len(output) // 32 + 1]), "sha256")
        output += block
    return output[:length]


def labeled_extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return extract(salt, b"HPKE-v1" + suite + label + ikm)


def labeled_expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return expand(prk, length.to_bytes(2) + b"HPKE-v1" + suite + label + info, length)


def hpke_seal(ephemeral: bytes, public: bytes, info: bytes, aad: bytes, plaintext: bytes) -> tuple[bytes, bytes, bytes]:
    """enc, ciphertext, and the secret of the answer."""
    private = X25519PrivateKey.from_private_bytes(ephemeral)
    enc = private.public_key().public_bytes_raw()
    dh = private.exchange(X25519PublicKey.from_public_bytes(public))
    shared = labeled_expand(KEM, labeled_extract(KEM, b"", b"eae_prk", dh), b"shared_secret", enc + public, 32)
    schedule = b"\x00" + labeled_extract(HPKE, b"", b"psk_id_hash", b"")
    schedule += labeled_extract(HPKE, b"", b"info_hash", info)
    secret = labeled_extract(HPKE, shared, b"secret", b"")
    key = labeled_expand(HPKE, secret, b"key", schedule, 32)
    nonce = labeled_expand(HPKE, secret, b"base_nonce", schedule, 12)
    exporter = labeled_expand(HPKE, secret, b"exp", schedule, 32)
    answer = labeled_expand(HPKE, exporter, b"sec", b"countersign.envelope.v1 response", 32)
    return enc, AESGCM(key).encrypt(nonce, plaintext, aad), answer


def lv(value: bytes) -> bytes:
    return len(value).to_bytes(4) + value


def padded(head: bytes, content: bytes, smallest: int) -> bytes:
    plaintext = head + lv(content)
    size = smallest
    while size < len(plaintext):
        size = size * 2 if size < 1 << 20 else size + (1 << 20)
    return plaintext + bytes(size - len(plaintext))


def constraint_bytes(constraints: Constraints) -> bytes:
    values = {
        1: b"\x01" if constraints.require_verified_upstream else None,
        2: b"".join(lv(session.encode()) for session in constraints.session_ids) or None,
        3: None,
        4: b"\x01" if constraints.forbid_server_side_tools else None,
        5: b"\x01" if constraints.reproducible else None,
        6: b"\x01" if constraints.require_envelope else None,
    }
    if constraints.HasField("model_digest"):
        values[3] = constraints.model_digest.kind.to_bytes(4) + constraints.model_digest.value
    return b"".join(number.to_bytes(4) + lv(value) for number, value in values.items() if value is not None)


def public_key() -> bytes:
    [key] = [key for key in Keyset.FromString(bytes.fromhex(FILE["keyset"])).keys if key.role == KEY_ROLE_ENVELOPE]
    assert key.id == FILE["key_id"]
    return key.value


@pytest.mark.parametrize("vector", REQUESTS, ids=names(REQUESTS))
def test_requests_are_sealed_to_the_same_bytes(vector: Vector) -> None:
    keyset_digest = hashlib.sha256(bytes.fromhex(FILE["keyset"])).digest()
    constraints = Constraints.FromString(bytes.fromhex(vector["constraints"] or ""))
    parts = [
        FILE["key_id"].encode(),
        vector["method"].encode(),
        vector["model"].encode(),
        constraint_bytes(constraints),
    ]
    context = hashlib.sha256(VERSION + keyset_digest + b"".join(lv(part) for part in parts)).digest()
    assert context.hex() == vector["context"]
    plaintext = padded(vector["created_unix_ms"].to_bytes(8), bytes.fromhex(vector["input"]), 1024)
    enc, ciphertext, secret = hpke_seal(
        bytes.fromhex(vector["ephemeral_secret"]), public_key(), VERSION + context, b"request\x00" + context, plaintext
    )
    envelope = SealedRequest(
        keyset_digest=keyset_digest, key_id=FILE["key_id"], encapsulated_key=enc, ciphertext=ciphertext
    ).SerializeToString()
    assert envelope.hex() == vector["envelope"]
    assert hashlib.sha256(envelope).hexdigest() == vector["request_digest"]
    assert secret.hex() == vector["answer_secret"]


class AnswerSealer:
    """The gateway's side of the answer to the first request."""

    def __init__(self, salt: bytes) -> None:
        request = REQUESTS[0]
        enc = SealedRequest.FromString(bytes.fromhex(request["envelope"])).encapsulated_key
        prk = extract(enc + salt, bytes.fromhex(request["answer_secret"]))
        self._key = AESGCM(expand(prk, b"key", 32))
        self._nonce = int.from_bytes(expand(prk, b"nonce", 12))
        self._bound = bytes.fromhex(request["context"]) + bytes.fromhex(request["request_digest"])

    def chunk(self, sequence: int, content: bytes, *, final: bool) -> bytes:
        aad = b"chunk\x00" + self._bound + sequence.to_bytes(8)
        nonce = (self._nonce ^ sequence).to_bytes(12)
        return self._key.encrypt(nonce, padded(bytes([final]), content, 256), aad)

    def error(self, details: bytes) -> bytes:
        return self._key.encrypt(self._nonce.to_bytes(12), padded(b"\x02", details, 1024), b"error\x00" + self._bound)


@pytest.mark.parametrize("vector", FILE["answers"], ids=names(FILE["answers"]))
def test_answers_are_sealed_to_the_same_bytes(vector: Vector) -> None:
    salt = bytes.fromhex(vector["salt"])
    sealer = AnswerSealer(salt)
    last = len(vector["contents"])
    for sequence, (content, chunk) in enumerate(zip(vector["contents"], vector["chunks"], strict=True), 1):
        sealed = sealer.chunk(sequence, bytes.fromhex(content or ""), final=sequence == last)
        assert (salt if sequence == 1 else b"") + sealed == bytes.fromhex(chunk)


def test_an_error_is_sealed_to_the_same_bytes() -> None:
    error = FILE["error"]
    details = ErrorDetails(
        reason=error["reason"], message=error["message"], field=error["field"], metadata=error["metadata"]
    )
    sealed = AnswerSealer(bytes.fromhex(error["salt"])).error(details.SerializeToString())
    assert sealed.hex() == error["ciphertext"]
