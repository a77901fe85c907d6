"""`docs/reliability.md` says what the code does: its tables are written, and not stale."""

import re
from pathlib import Path

import pytest

from bbconvert.convert.safety import limits as limits_module
from tests.documents import reliability
from tests.fuzz.readers import READERS
from tests.support.repository import ROOT


def test_the_table_of_limits_is_that_of_the_code() -> None:
    assert reliability.section("limits") == reliability.limits_table(), "run: python -m tests.documents.reliability"


def test_every_limit_says_why_it_is_so_and_of_what() -> None:
    found = list(reliability.limits())

    assert [limit.name for limit in found if not limit.why] == []
    assert [limit.name for limit in found if not limit.topic] == []
    names = {name for limit in found for name in limit.name.split(", ")}
    assert names == {name for name in vars(limits_module) if name.isupper()} - {"MEBIBYTE"}


def test_the_limits_are_those_that_python_computes() -> None:
    values = {limit.name: limit.value for limit in reliability.limits()}

    assert values["MAX_CHECKPOINT_BYTES"] == "512 MiB"
    assert limits_module.MAX_CHECKPOINT_BYTES == 512 * 2**20


def test_a_section_is_replaced_and_the_rest_of_the_document_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    document = tmp_path / "reliability.md"
    document.write_text("before\n<!-- kills: written by `just kill` -->\nold\n<!-- /kills -->\nafter\n")
    monkeypatch.setattr(reliability, "DOCUMENT", document)

    reliability.write_section("kills", "| new |")
    reliability.write_section("kills", "| newer |\n")

    assert reliability.section("kills") == "| newer |"
    assert document.read_text() == (
        "before\n<!-- kills: written by `just kill` -->\n| newer |\n<!-- /kills -->\nafter\n"
    )
    with pytest.raises(ValueError, match="has no section faults"):
        reliability.section("faults")


def test_the_table_of_the_fuzzers_has_every_reader_and_no_failure() -> None:
    lines = [line for line in reliability.section("fuzz").splitlines() if line.startswith("| ")]
    head, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]

    assert [row[0] for row in rows] == list(READERS)
    bad = head.index("other exception")
    for row in rows:
        assert int(row[1].replace(",", "")) >= 100_000, row
        assert set(row[bad:-1]) == {"0"}, row


def test_the_security_policy_names_commands_that_there_are() -> None:
    from bbconvert.convert.cli.main import app

    there = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    sentence = (ROOT / "SECURITY.md").read_text().split("execute nothing")[0].rsplit("- ", 1)[1]
    assert set(re.findall(r"`(\w+)`", sentence)) <= there
