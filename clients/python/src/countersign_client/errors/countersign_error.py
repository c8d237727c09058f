"""The error."""

from countersign_client.errors.error_code import ErrorCode


class CountersignError(Exception):
    """The one error this package raises.

    Its text reads `[code] what was wrong and what would fix it` and holds no prompts, completions, tokens or keys. The
    error underneath, if there is one, is `__cause__`: for logs.
    """

    code: ErrorCode
    """Which check failed, or which way the call failed."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(f"[{code}] {message}")
        self.code = code
