"""HTTP clients for the OpenAI SDK that verify every answer. Needs the extra `rest`."""

from countersign_client.rest.http_client import verifying_async_http_client, verifying_http_client
from countersign_client.rest.options import ResponseForm

__all__ = ["ResponseForm", "verifying_async_http_client", "verifying_http_client"]
