"""The shared keysets, signatures and REST texts, and the texts and keys other verifiers in the field publish."""

from typing import Any

import pytest
from vectors import load_vectors

from countersign_client.errors import CountersignError
from countersign_client.signing import (
    CompleteResponseText,
    IncompleteResponseText,
    eip191_digest,
    ethereum_address,
    parse_keyset,
    parse_response_text,
    verify_ecdsa,
    verify_ed25519,
)

KEYSETS = load_vectors("keysets")["keysets"]
SIGNATURES = load_vectors("signatures")
Vector = dict[str, Any]


def names(vectors: list[Vector]) -> list[str]:
    return [vector["name"] for vector in vectors]


@pytest.mark.parametrize("vector", KEYSETS, ids=names(KEYSETS))
def test_keysets(vector: Vector) -> None:
    serialised = bytes.fromhex(vector["bytes"])
    if vector["code"] is None:
        assert parse_keyset(serialised).digest.hex() == vector["digest"]
        return
    with pytest.raises(CountersignError) as caught:
        parse_keyset(serialised)
    assert caught.value.code == vector["code"]


@pytest.mark.parametrize("vector", SIGNATURES["eip191"], ids=lambda vector: repr(vector["text"][:20]))
def test_eip191_digests(vector: Vector) -> None:
    assert eip191_digest(vector["text"]).hex() == vector["digest"]


@pytest.mark.parametrize("vector", SIGNATURES["ecdsa"], ids=names(SIGNATURES["ecdsa"]))
def test_ecdsa(vector: Vector) -> None:
    signature, public_key = bytes.fromhex(vector["signature"]), bytes.fromhex(vector["public_key"])
    assert verify_ecdsa(signature, vector["text"], public_key) is vector["valid"]


@pytest.mark.parametrize("vector", SIGNATURES["ed25519"], ids=names(SIGNATURES["ed25519"]))
def test_ed25519(vector: Vector) -> None:
    signature, public_key = bytes.fromhex(vector["signature"]), bytes.fromhex(vector["public_key"])
    assert verify_ed25519(signature, vector["text"], public_key) is vector["valid"]


@pytest.mark.parametrize("vector", SIGNATURES["addresses"], ids=lambda vector: vector["address"])
def test_ethereum_addresses(vector: Vector) -> None:
    assert ethereum_address(bytes.fromhex(vector["public_key"])) == vector["address"]


@pytest.mark.parametrize("vector", SIGNATURES["response_texts"], ids=lambda vector: ascii(vector["text"][:40]))
def test_response_texts(vector: Vector) -> None:
    parsed, expected = parse_response_text(vector["text"]), vector["parsed"]
    if expected is None:
        assert parsed is None
    elif expected["form"] == "incomplete":
        assert parsed == IncompleteResponseText(
            expected["status"],
            expected["model"],
            expected["request"],
            int(expected["bytes_sent"]),
            expected["response"],
        )
    else:
        assert parsed == CompleteResponseText(expected.get("model"), expected["request"], expected["response"])


def test_a_text_with_a_lone_surrogate_is_none() -> None:
    assert parse_response_text("\ud800:" + "a" * 64 + ":" + "b" * 64) is None


def test_known_answers_published_by_others() -> None:
    # A published secp256k1 test key, and RFC 8032, 7.1, test 1.
    text = f"test-model:{'a' * 64}:{'b' * 64}"
    ecdsa_key = bytes.fromhex(
        "04dbdac57b8af58ecca52cf3a2ba18c9930e9ab24735d700005695ef5d55cd9fde"
        "9aba1e3ef0930f669356198f2059bd9eed082ef49bae5d5d5b713f6ba7d58215"
    )
    assert eip191_digest(text).hex() == "bc7fdc8b9e3b70ba27913c6c00651564b1ef32f09bcc4c8b8c777eccb9d29b29"
    assert ethereum_address(ecdsa_key) == "0x3ed6ccba6214d782c3f654458e5ece22392c01fd"
    ecdsa = bytes.fromhex(
        "e7a5cb500052c56dea11c5febc191d604e49824b1638c6cada8a6543aba6bd9c"
        "24d5acbbbd988daf18bd19dcfddeab4957dc8fdb47ac6962a9b9dcdf2fc9811b1c"
    )
    assert verify_ecdsa(ecdsa, text, ecdsa_key)
    ed25519_key = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    ed25519 = bytes.fromhex(
        "5391b09953b8c78d1984c8b9a40406e7b0d9c454eac9b2d298b9cfb0bad5b38a"
        "feeb0adcc043760060d68408793a7190ecaad28c876592368f35f9c4871bad0c"
    )
    assert verify_ed25519(ed25519, text, ed25519_key)
    rfc8032 = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert verify_ed25519(rfc8032, "", ed25519_key)
