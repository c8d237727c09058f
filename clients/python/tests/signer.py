"""Keys that really sign, for the gateway that the tests stand up."""

import hashlib
from dataclasses import dataclass

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from countersign.attestation.v1 import keyset_pb2
from countersign.transcript.v1 import transcript_pb2
from countersign_client.signing import eip191_digest, ethereum_address, key_id


@dataclass(frozen=True)
class Signer:
    """The two keys of one role."""

    role: int
    secp256k1: PrivateKey
    ed25519: Ed25519PrivateKey

    @classmethod
    def from_seed(cls, role: int, seed: str) -> "Signer":
        def secret(name: str) -> bytes:
            return hashlib.sha256(f"{seed}:{role}:{name}".encode()).digest()

        return cls(role, PrivateKey(secret("secp256k1")), Ed25519PrivateKey.from_private_bytes(secret("ed25519")))

    @property
    def ecdsa_key(self) -> bytes:
        return self.secp256k1.public_key.format(compressed=False)

    @property
    def ed25519_key(self) -> bytes:
        return self.ed25519.public_key().public_bytes_raw()

    @property
    def address(self) -> str:
        return ethereum_address(self.ecdsa_key)

    def keys(self) -> list[keyset_pb2.PublicKey]:
        return [
            self._key(keyset_pb2.KEY_ALGORITHM_ED25519, self.ed25519_key),
            self._key(keyset_pb2.KEY_ALGORITHM_SECP256K1, self.ecdsa_key),
        ]

    def ecdsa(self, text: str) -> transcript_pb2.Signature:
        signature = self.secp256k1.sign_recoverable(eip191_digest(text), hasher=None)
        value = signature[:64] + bytes((signature[64] + 27,))
        return transcript_pb2.Signature(
            key_id=key_id(self.role, keyset_pb2.KEY_ALGORITHM_SECP256K1, self.ecdsa_key), value=value
        )

    def ed25519_signature(self, text: str) -> transcript_pb2.Signature:
        return transcript_pb2.Signature(
            key_id=key_id(self.role, keyset_pb2.KEY_ALGORITHM_ED25519, self.ed25519_key),
            value=self.ed25519.sign(text.encode()),
        )

    def _key(self, algorithm: int, value: bytes) -> keyset_pb2.PublicKey:
        key = keyset_pb2.PublicKey(id=key_id(self.role, algorithm, value), value=value)
        key.role = self.role  # type: ignore[assignment] # an int is what the wire has
        key.algorithm = algorithm  # type: ignore[assignment]
        return key


STREAM = Signer.from_seed(keyset_pb2.KEY_ROLE_STREAM, "gateway")
RESPONSE = Signer.from_seed(keyset_pb2.KEY_ROLE_RESPONSE, "gateway")
KEYSET = keyset_pb2.Keyset(
    keys=[*STREAM.keys(), *RESPONSE.keys()], source=keyset_pb2.KEY_SOURCE_KIND_GENERATED
).SerializeToString()
