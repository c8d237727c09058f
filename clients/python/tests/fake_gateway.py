"""A gateway on a real socket that really signs."""

import asyncio
import socket
import ssl
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from fake_rest import RestDoor
from fake_rpc import Attestation, Inference, Signatures
from hypercorn.asyncio import serve
from hypercorn.config import Config

from countersign.attestation.v1.attestation_service_connect import AttestationServiceASGIApplication
from countersign.inference.v1.inference_service_connect import InferenceServiceASGIApplication
from countersign.signature.v1.signature_service_connect import SignatureServiceASGIApplication


class FakeGateway:
    """Serves RPC and REST over HTTP/1.1 and HTTP/2, in cleartext or TLS, on a port of loopback."""

    def __init__(self, certificate: tuple[str, str] | None = None) -> None:
        """Start with files of a certificate and its key for TLS, or without."""
        self.inference = Inference()
        self.attestation = Attestation()
        self.rest = RestDoor()
        services: list[Any] = [
            InferenceServiceASGIApplication(self.inference),
            AttestationServiceASGIApplication(self.attestation),
            SignatureServiceASGIApplication(Signatures(self.inference)),
        ]
        self._applications = {service.path: service for service in services}
        listener = socket.create_server(("127.0.0.1", 0))
        scheme = "http" if certificate is None else "https"
        self.url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        self._config = Config()
        self._config.bind = [f"fd://{listener.detach()}"]
        self._config.errorlog = None
        self._config.graceful_timeout = 0.2
        if certificate is not None:
            self._config.certfile, self._config.keyfile = certificate
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="fake-gateway")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        # A client that still writes while the server closes TLS is an error to asyncio, and the end of a test here.
        with suppress(ssl.SSLError), asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(serve(self._application, self._config, shutdown_trigger=self._stop.wait))

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        service = self._applications.get(scope["path"].rpartition("/")[0])
        if service is not None:
            await service(scope, receive, send)
            return
        await self._rest(scope, receive, send)

    async def _rest(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body", False):
                break
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        answer = self.rest.handle(scope["method"], scope["path"], scope["query_string"].decode(), headers, body)
        wire_headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": wire_headers})
        for piece in answer.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if answer.breaks:
            raise ConnectionAbortedError
        await send({"type": "http.response.body", "body": b"", "more_body": False})
