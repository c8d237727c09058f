"""The wheel holds the client and the generated messages, and works without the checkout."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def test_the_wheel(tmp_path: Path) -> None:
    subprocess.run(  # noqa: S603 # our own project
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(PROJECT)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = tmp_path.glob("*.whl")
    archive = zipfile.ZipFile(wheel)
    names = archive.namelist()
    assert "countersign_client/py.typed" in names
    assert "countersign/transcript/v1/transcript_pb2.pyi" in names
    assert "countersign/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "google/"))]
    archive.extractall(tmp_path / "the-wheel")  # our own archive
    # -S leaves out the .pth of the checkout; -P the current folder.
    script = (
        f"import sys; sys.path[:0] = [{str(tmp_path / 'the-wheel')!r}, {sysconfig.get_path('purelib')!r}]\n"
        "import countersign_client, countersign.inference.v1.chat_pb2 as chat\n"
        "assert '/the-wheel/' in countersign_client.__file__ and '/the-wheel/' in chat.__file__\n"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-S", "-P", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0
