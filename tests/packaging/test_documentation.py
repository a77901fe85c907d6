"""The documentation site builds, every link of it leads somewhere, and its reference is that of the code."""

import json
from pathlib import Path

import pytest

from bbconvert.convert.cli.main import app
from bbconvert.convert.manifest import Manifest
from tests.documents.site import build, write_pages


@pytest.mark.packaging
def test_the_site_builds_without_a_broken_link_and_is_searched(tmp_path: Path) -> None:
    build(tmp_path / "site", demo=False)

    assert 'src="demo/index.html?bundle=humanoid-balance' in (tmp_path / "site" / "index.html").read_text()
    index = json.loads((tmp_path / "site" / "search" / "search_index.json").read_text())
    places = {entry["location"] for entry in index["docs"]}
    assert {"reference/commands/#doctor", "reference/schema/#normalization", "how-to/publish/", "tutorial/"} <= places


def test_every_command_and_every_field_is_in_the_reference(tmp_path: Path) -> None:
    write_pages(tmp_path / "pages")

    commands = (tmp_path / "pages" / "reference" / "commands.md").read_text()
    for command in app.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        assert f"\n## {name}\n" in commands
    assert "| `--space` |" in commands
    schema = (tmp_path / "pages" / "reference" / "schema.md").read_text()
    for field in Manifest.model_fields:
        assert f"| `{field}` |" in schema
