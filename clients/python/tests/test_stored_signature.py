"""What GetSignature returns is verified, every field of it."""

from collections.abc import Callable

import pytest
from sealer import STATUSES
from signer import KEYSET, RESPONSE, STREAM, Signer

from countersign.signature.v1 import signature_service_pb2
from countersign.transcript.v1 import transcript_pb2
from countersign_client.client.stored_signature import StoredSignature, verify_stored_signature
from countersign_client.errors import CountersignError
from countersign_client.signing import parse_keyset
from countersign_client.transcript import SealStatusName, parse_seal_text

Response = signature_service_pb2.GetSignatureResponse
DIGESTS = ["a" * 64, "b" * 64]
STREAM_TEXT = f"countersign.stream.v1:complete:{DIGESTS[0]}:2:{DIGESTS[1]}:{'c' * 64}"
FAILED_TEXT = f"countersign.response.v1:upstream_failed:m:{DIGESTS[0]}:7:{DIGESTS[1]}"


def response_of(text: str, signer: Signer, status: SealStatusName = "complete") -> Response:
    return Response(
        text=text,
        ecdsa=signer.ecdsa(text),
        ed25519=signer.ed25519_signature(text),
        status=STATUSES[status],
        response_id="response",
        receipt_id="receipt",
        ecdsa_address=signer.address,
        ed25519_public_key=signer.ed25519_key,
    )


def verify(response: Response, identifier: str = "receipt") -> StoredSignature:
    return verify_stored_signature(response, identifier, parse_keyset(KEYSET), 0)


@pytest.mark.parametrize(
    ("text", "signer", "status"),
    [
        (STREAM_TEXT, STREAM, "complete"),
        (":".join(["m", *DIGESTS]), RESPONSE, "complete"),
        (":".join(DIGESTS), RESPONSE, "complete"),
        (FAILED_TEXT, RESPONSE, "upstream_failed"),
    ],
)
def test_honest_answers(text: str, signer: Signer, status: SealStatusName) -> None:
    for identifier in ("receipt", "response"):
        stored = verify(response_of(text, signer, status), identifier)
        assert (stored.text, stored.status, stored.expires_unix_ms) == (text, status, 0)
        assert stored.ecdsa_address == signer.address


def test_an_address_in_mixed_case_is_the_same() -> None:
    response = response_of(STREAM_TEXT, STREAM)
    response.ecdsa_address = "0x" + response.ecdsa_address[2:].upper()
    assert verify(response).ecdsa_address == STREAM.address


def _set(**fields: object) -> Callable[[Response], None]:
    def change(response: Response) -> None:
        response.MergeFrom(Response(**fields))  # type: ignore[arg-type] # given per case

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_set(ecdsa=STREAM.ecdsa("another text")), "signature.ecdsa"),
        (_set(ed25519=STREAM.ed25519_signature("another text")), "signature.ed25519"),
        (lambda response: response.ClearField("ecdsa"), "signature.ecdsa"),
        (lambda response: response.ClearField("ed25519"), "signature.ed25519"),
        (_set(ecdsa=RESPONSE.ecdsa(STREAM_TEXT)), "keyset.key"),
        (_set(ed25519=RESPONSE.ed25519_signature(STREAM_TEXT)), "keyset.key"),
        (_set(text="nothing of the kind"), "signature.text"),
        (_set(text=f"{STREAM_TEXT}\n"), "signature.text"),
        (_set(status=transcript_pb2.SEAL_STATUS_CANCELLED), "signature.field"),
        (_set(ecdsa_address=RESPONSE.address), "signature.field"),
        (_set(ed25519_public_key=RESPONSE.ed25519_key), "signature.field"),
        (_set(receipt_id="another", response_id="another"), "signature.field"),
    ],
)
def test_other_answers(change: Callable[[Response], None], code: str) -> None:
    response = response_of(STREAM_TEXT, STREAM)
    change(response)
    with pytest.raises(CountersignError) as caught:
        verify(response)
    assert caught.value.code == code


def test_seal_texts() -> None:
    parsed = parse_seal_text(STREAM_TEXT)
    assert parsed is not None
    assert (parsed.status, parsed.chunk_count, parsed.final_hash) == ("complete", 2, DIGESTS[1])
    for text in (STREAM_TEXT.replace("complete", "done"), STREAM_TEXT.replace(":2:", ":02:"), STREAM_TEXT.upper()):
        assert parse_seal_text(text) is None
