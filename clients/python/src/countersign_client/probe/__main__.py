r"""Makes calls with this client and prints what came of them, one JSON line per call.

    python -m countersign_client.probe --url http://127.0.0.1:8080 --token t --protocol grpc --http 2 --case stream
    python -m countersign_client.probe --list < cases.jsonl

With --list it reads cases as JSON lines and answers each with one line, in order; flags are the defaults of fields a
case leaves out. It exits 0 if every outcome was obtained, whatever it was, and 2 if it could not understand a case.
"""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from dataclasses import fields

from countersign_client.probe.probe_case import BadCaseError, ProbeCase
from countersign_client.probe.run_case import run_case


def main(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    parser = ArgumentParser(
        prog="python -m countersign_client.probe", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    for field in fields(ProbeCase):
        if field.name == "id":
            continue
        flag = f"--{field.name.replace('_', '-')}"
        if isinstance(field.default, bool):
            parser.add_argument(flag, action="store_true")
        else:
            parser.add_argument(flag, type=type(field.default), default=field.default)
    parser.add_argument("--list", action="store_true", dest="is_list", help="read cases from standard input")
    options = vars(parser.parse_args(arguments))
    is_list = options.pop("is_list")
    defaults = ProbeCase(**options)
    try:
        if not is_list:
            _print(defaults)
            return 0
        for line in sys.stdin:
            if line.strip():
                _print(defaults.merged(line))
    except BadCaseError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _print(case: ProbeCase) -> None:
    sys.stdout.write(f"{run_case(case).line()}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
