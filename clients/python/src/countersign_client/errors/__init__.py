"""The errors of this package."""

from countersign_client.errors.countersign_error import CountersignError
from countersign_client.errors.error_code import ERROR_MEANINGS, ErrorCode

__all__ = ["ERROR_MEANINGS", "CountersignError", "ErrorCode"]
