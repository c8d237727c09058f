"""The error of an answer that did not complete."""

import re

from countersign_client.errors import CountersignError
from countersign_client.verifier.verified_seal import VerifiedSeal


class IncompleteError(CountersignError):
    """The answer did not complete, and the gateway has signed that it did not. Everything received is verified."""

    seal: VerifiedSeal
    """The verified seal: how many chunks there are, and why there are no more."""

    def __init__(self, seal: VerifiedSeal) -> None:
        super().__init__(
            "seal.incomplete",
            f"the answer ended as {seal.status} after {seal.chunk_count} verified chunks"
            # Signed by the gateway, and still only printed if it can be a reason of a closed set.
            + (f" ({seal.failure_reason})" if re.fullmatch("[A-Za-z_.]{1,64}", seal.failure_reason) else ""),
        )
        self.seal = seal
