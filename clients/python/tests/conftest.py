"""Fixtures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_gateway import FakeGateway
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(__file__).resolve().parents[1] / ".venv" / ".hypothesis")


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with FakeGateway() as running:
        yield running
