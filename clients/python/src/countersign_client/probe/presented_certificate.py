"""The certificate a server presents."""

import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

_TIMEOUT_S: Final = 10.0


def presented_certificate(url: str) -> bytes:
    """Return the certificate that the server of an https URL presents, as PEM. Nothing about it is verified.

    For tests with self-signed certificates: trusting it means trusting whoever answers. The certificate must not be
    that of an authority and must name the host.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((host, parts.port or 443), timeout=_TIMEOUT_S) as connection,
        context.wrap_socket(connection, server_hostname=host) as channel,
    ):
        certificate = channel.getpeercert(binary_form=True)
    if certificate is None:
        raise ssl.SSLError("the server presented no certificate")
    return ssl.DER_cert_to_PEM_cert(certificate).encode("ascii")
