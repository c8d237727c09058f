"""The set of error codes is closed and the same in every language."""

from typing import get_args

from vectors import load_vectors

from countersign_client.errors import ERROR_MEANINGS, ErrorCode


def test_the_codes_and_their_meanings_are_the_shared_ones() -> None:
    assert dict(ERROR_MEANINGS) == load_vectors("errors")["codes"]
    assert get_args(ErrorCode) == tuple(ERROR_MEANINGS)
