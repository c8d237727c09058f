"""What came of one call."""

import json
from dataclasses import asdict, dataclass, field

from countersign_client.client import CallError, ResponseMetadata
from countersign_client.errors import CountersignError
from countersign_client.verifier import IncompleteError, VerifiedSeal


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of one call: one JSON line."""

    id: object
    case: str
    protocol: str
    http: str
    ok: bool = False
    """Whether the answer is complete and verified."""
    text: str = ""
    """The verified text."""
    chunks: int = 0
    """Number of verified chunks."""
    checkpointed: int = 0
    status: str = ""
    """Status of the verified seal; empty if there was none."""
    failure_reason: str = ""
    """Why the exchange did not complete, as the verified seal says."""
    request_digest: str = ""
    receipt_id: str = ""
    response_id: str = ""
    code: str = ""
    """Code of the error; empty if the answer was complete."""
    reason: str = ""
    message: str = ""
    header: list[str] = field(default_factory=list)
    """Names of the metadata before the first message, lower case, sorted."""
    trailer: list[str] = field(default_factory=list)
    """Names of the metadata after the last message, lower case, sorted."""
    elapsed_ms: int = 0

    def seal(self, seal: VerifiedSeal) -> None:
        """Note a verified seal."""
        self.status = seal.status
        self.failure_reason = seal.failure_reason
        self.request_digest = seal.request_digest.hex()
        self.receipt_id = seal.receipt_id
        self.response_id = seal.response_id

    def metadata(self, metadata: ResponseMetadata) -> None:
        """Note the names of the metadata."""
        self.header = sorted(metadata.leading)
        self.trailer = sorted(metadata.trailing)

    def fail(self, error: CountersignError) -> None:
        """Note how the call failed."""
        self.code = error.code
        self.message = str(error)
        if isinstance(error, CallError):
            self.reason = error.reason
        if isinstance(error, IncompleteError):
            self.seal(error.seal)

    def line(self) -> str:
        """Return the outcome as one line of JSON."""
        self.ok = not self.code
        shown = asdict(self)
        if self.id is None:
            del shown["id"]
        return json.dumps(shown, separators=(",", ":"))
