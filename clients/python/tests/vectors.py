"""Loader of the vectors that the clients of all languages share."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parents[3] / "test" / "vectors"


def load_vectors(name: str) -> Any:
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
