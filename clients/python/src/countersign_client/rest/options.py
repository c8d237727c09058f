"""Options of the verifying HTTP clients."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import httpx2

from countersign_client.errors import CountersignError
from countersign_client.verifier import system_clock

ResponseForm = Literal["model-request-response", "request-response"]
"""Form of the text the gateway signs: the first covers the model's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestOptions:
    """Options of the verifying HTTP clients. Checked when they are made.

    Raises:
        CountersignError: `config.invalid`.
    """

    base_url: httpx2.URL
    token: str
    text: ResponseForm
    model: str | None
    unsigned_paths: frozenset[str]
    lookup_timeout: float
    max_held_bytes: int
    now: Callable[[], int] = system_clock

    def __post_init__(self) -> None:
        url = self.base_url
        if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment or url.userinfo:
            raise CountersignError("config.invalid", "base_url must be http(s)://host[:port] without /v1")
        if self.text not in ("model-request-response", "request-response"):
            raise CountersignError("config.invalid", "text must be model-request-response or request-response")
        if any(not path.startswith("/") for path in self.unsigned_paths):
            raise CountersignError("config.invalid", "unsigned_paths must begin with /")
        if self.lookup_timeout <= 0 or self.max_held_bytes <= 0:
            raise CountersignError("config.invalid", "lookup_timeout and max_held_bytes must be above 0")

    def address_of(self, path: str) -> httpx2.URL:
        """Return the URL of a path at the gateway, which begins with `/` and is percent-encoded where needed."""
        return httpx2.URL(f"{str(self.base_url).rstrip('/')}{path}")

    def path_below(self, url: httpx2.URL) -> str | None:
        """Return the path of a URL below the base URL, or None if it is elsewhere."""
        base = str(self.base_url).rstrip("/")
        if not str(url).startswith(f"{base}/"):
            return None
        return url.path.removeprefix(self.base_url.path.rstrip("/"))
