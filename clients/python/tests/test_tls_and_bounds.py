"""What only real connections show: TLS, redirects, and bodies that are too large."""

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fake_gateway import FakeGateway
from fake_rpc import TOKEN, WORDS
from test_client import CHAT, PIN, every_transport

from countersign_client import Client, CountersignError, PinnedKeyset, Protocol, UnattestedKeyset, chat_text
from countersign_client.client import connection
from countersign_client.probe.presented_certificate import presented_certificate
from countersign_client.rest import verifying_http_client


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a self-signed leaf for loopback."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway of a test")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def tls_gateway(certificate: tuple[Path, Path]) -> Iterator[FakeGateway]:
    with FakeGateway((str(certificate[0]), str(certificate[1]))) as running:
        yield running


@every_transport
def test_tls(tls_gateway: FakeGateway, certificate: tuple[Path, Path], protocol: Protocol, http_version: int) -> None:
    with Client(
        tls_gateway.url,
        TOKEN,
        PinnedKeyset(PIN),
        protocol=protocol,
        http_version=1 if http_version == 1 else 2,
        tls_ca=certificate[0].read_bytes(),
    ) as client:
        assert chat_text(client.chat("honest", CHAT).result) == "".join(WORDS)


def test_an_unknown_certificate_is_refused(tls_gateway: FakeGateway) -> None:
    with Client(tls_gateway.url, TOKEN, UnattestedKeyset()) as client, pytest.raises(CountersignError) as caught:
        client.chat("honest", CHAT)
    assert caught.value.code == "call.unavailable"
    assert tls_gateway.inference.requests == []


def test_the_presented_certificate(tls_gateway: FakeGateway, certificate: tuple[Path, Path]) -> None:
    assert presented_certificate(tls_gateway.url).strip() == certificate[0].read_bytes().strip()


def test_rest_over_tls(tls_gateway: FakeGateway, certificate: tuple[Path, Path]) -> None:
    tls = ssl.create_default_context(cafile=str(certificate[0]))
    with verifying_http_client(tls_gateway.url, PinnedKeyset(PIN), token=TOKEN, tls=tls) as http:
        response = http.post(f"{tls_gateway.url}/v1/chat/completions", json={"model": "honest"})
    assert response.json()["choices"][0]["message"]["content"] == "".join(WORDS)


class _Odd(BaseHTTPRequestHandler):
    """Answers every call with a redirect to itself, or with a body that is too large."""

    seen: list[str]

    def do_POST(self) -> None:
        self.seen.append(self.path)
        self.rfile.read(int(self.headers["content-length"] or 0))
        if self.path.startswith("/moved/"):
            self.send_response(307)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("content-type", "application/proto")
        self.send_header("content-length", "100000")
        self.end_headers()
        self.wfile.write(bytes(100_000))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base class names it so
        pass


@pytest.fixture
def odd_server() -> Iterator[tuple[str, list[str]]]:
    seen: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Odd", (_Odd,), {"seen": seen}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_redirects_are_not_followed(odd_server: tuple[str, list[str]]) -> None:
    url, seen = odd_server
    with Client(f"{url}/moved", TOKEN, UnattestedKeyset()) as client, pytest.raises(CountersignError) as caught:
        client.keyset()
    assert caught.value.code.startswith("call.")
    assert seen == ["/moved/countersign.attestation.v1.AttestationService/GetKeyset"]


def test_a_body_that_is_too_large(odd_server: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_MESSAGE_BYTES", 50_000)
    with Client(odd_server[0], TOKEN, UnattestedKeyset()) as client, pytest.raises(CountersignError) as caught:
        client.keyset()
    assert caught.value.code == "call.resource_exhausted"


def test_a_body_that_is_no_message(odd_server: tuple[str, list[str]]) -> None:
    with Client(odd_server[0], TOKEN, UnattestedKeyset()) as client, pytest.raises(CountersignError) as caught:
        client.keyset()
    assert caught.value.code == "message.malformed"
