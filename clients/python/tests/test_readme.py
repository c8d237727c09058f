"""The examples of the README run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from fake_gateway import FakeGateway
from fake_rpc import TOKEN, WORDS
from test_client import PIN

README = Path(__file__).resolve().parents[1] / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
EXPECTED = ["".join(WORDS) + "\nreceipt receipt-1", "".join(WORDS) + " complete", "".join(WORDS)]
EXPECTED += ["call.not_found", "".join(WORDS)]


def header(url: str) -> str:
    return f"URL, TOKEN, KEYSET_DIGEST, MODEL = {url!r}, {TOKEN!r}, {PIN!r}, 'honest'\n"


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == len(EXPECTED) == 5


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs(gateway: FakeGateway, number: int) -> None:
    done = subprocess.run(  # noqa: S603 # our own examples
        [sys.executable, "-c", header(gateway.url) + EXAMPLES[number]],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout.startswith(EXPECTED[number])


def test_the_examples_type_check(tmp_path: Path) -> None:
    files = []
    for number, example in enumerate(EXAMPLES):
        file = tmp_path / f"example_{number}.py"
        file.write_text(header("http://127.0.0.1:9") + example)
        files.append(str(file))
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "mypy", "--config-file", str(README.parent / "pyproject.toml"), *files],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
