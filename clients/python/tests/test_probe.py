"""The probe command, which tests in other languages drive."""

import json
import subprocess
import sys
from typing import Any

import pytest
from fake_gateway import FakeGateway
from fake_rpc import TOKEN, WORDS


def probe(*arguments: str, stdin: str = "") -> tuple[int, list[dict[str, Any]]]:
    done = subprocess.run(  # noqa: S603 # our own command with arguments made here
        [sys.executable, "-m", "countersign_client.probe", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_one_case_by_flags(gateway: FakeGateway) -> None:
    code, outcomes = probe(
        "--url", gateway.url, "--token", TOKEN, "--protocol", "grpc", "--http", "2", "--case", "stream"
    )
    assert code == 0
    (outcome,) = outcomes
    assert outcome["ok"] is True
    assert outcome["text"] == "".join(WORDS)
    assert outcome["chunks"] == len(WORDS)
    assert outcome["status"] == "complete"
    assert outcome["code"] == ""
    assert "x-fake-leading" in outcome["header"]
    assert "x-fake-trailing" in outcome["trailer"]
    assert outcome["receipt_id"] == "receipt-1"


def test_a_list_of_cases(gateway: FakeGateway) -> None:
    cases: list[dict[str, Any]] = [
        {"id": 1, "case": "unary"},
        {"id": "two", "case": "error", "model": "honest", "protocol": "grpc-web"},
        {"id": 3, "case": "cancel", "model": "endless", "protocol": "grpc", "http": "2"},
        {"id": 4, "case": "deadline", "model": "endless", "deadline_ms": 300},
        {"id": 5, "case": "slow", "slow_ms": 1},
        {"id": 6, "case": "trailers"},
        {"id": 7, "case": "unary", "token": "another"},
        {"id": 8, "case": "stream", "model": "failing"},
        {"id": 9, "case": "unary", "pin": "00" * 32},
    ]
    lines = "\n".join(json.dumps({"url": gateway.url, "token": TOKEN, **case}) for case in cases)
    code, outcomes = probe("--list", stdin=lines)
    assert code == 0
    assert [outcome["id"] for outcome in outcomes] == [case["id"] for case in cases]
    assert [(outcome["ok"], outcome["code"]) for outcome in outcomes] == [
        (True, ""),
        (False, "call.not_found"),
        (False, "call.cancelled"),
        (False, "call.deadline"),
        (True, ""),
        (True, ""),
        (False, "call.unauthenticated"),
        (False, "seal.incomplete"),
        (False, "keyset.untrusted"),
    ]
    assert outcomes[2]["chunks"] == 2
    assert outcomes[5]["trailer"] != []
    assert outcomes[7]["status"] == "upstream_failed"
    assert outcomes[7]["failure_reason"] == "engine_failed"


@pytest.mark.parametrize(
    "line",
    ["nonsense", "[]", '{"case":"dance"}', '{"chunks":1,"case":"dance"}', '{"max_tokens":"many"}', '{"http":"3"}'],
)
def test_a_case_that_cannot_be_understood(line: str) -> None:
    code, outcomes = probe("--list", stdin=line)
    assert code == 2
    assert outcomes == []
