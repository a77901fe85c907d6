"""What strangers write never acts on a terminal, in a model card, or in the README of a site."""

import contextlib
import io
import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.bundle.markdown import code, one_line, plain
from bbconvert.convert.bundle.proof import BADGE, PARITY
from bbconvert.convert.bundle.readme import bundle_readme
from bbconvert.convert.cli import console, edge
from bbconvert.convert.cli.overview import Overview
from bbconvert.convert.cli.visible import visible, visible_json, visible_lines
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.hub.model_card import parse_model_card
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE
from bbconvert.convert.site.export import write_site
from tests.support.command_line import CommandLine
from tests.support.local_hub import LocalHub
from tests.support.small_agent import AGENT_REPO

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\b\u202egnp\u2066\u200b\u2028\nError: forged\r[red]x[/red][link=http://e]y[/link]:smile:"
ANYTHING = st.text(st.one_of(st.characters(), st.sampled_from(HOSTILE)), max_size=60)


def unseen(text: str) -> set[str]:
    """The characters that a terminal acts on, or does not show; line ends are the printer's."""
    return {c for c in text if not c.isprintable() and unicodedata.category(c) != "Zs"} - {"\n"}


@given(ANYTHING)
def test_what_is_printed_is_seen_and_one_line(text: str) -> None:
    assert unseen(visible(text)) == set()
    assert "\n" not in visible(text)
    if not unseen(text) and "\n" not in text:
        assert visible(text) == text


@given(ANYTHING)
def test_lines_of_a_message_but_the_first_are_indented(text: str) -> None:
    shown = visible_lines(text)
    assert unseen(shown) == set()
    assert all(line.startswith("  ") for line in shown.split("\n")[1:])


@given(st.dictionaries(ANYTHING, st.one_of(ANYTHING, st.lists(ANYTHING, max_size=3)), max_size=4), st.booleans())
def test_a_json_document_keeps_its_data_and_has_nothing_a_terminal_acts_on(document: object, plain_only: bool) -> None:
    shown = visible_json(json.dumps(document, indent=2, ensure_ascii=plain_only))
    assert json.loads(shown) == document
    assert unseen(shown) == set()


@pytest.mark.parametrize(
    ("error", "code"),
    [(BBConvertError(HOSTILE), 1), (RuntimeError(HOSTILE), 1), (FileNotFoundError(2, "x", HOSTILE), 1)],
)
@pytest.mark.parametrize("debug", [False, True])
def test_an_error_says_strangers_words_without_acting_on_them(
    error: Exception, code: int, debug: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "_debug", debug)
    assert edge.report(error) == code
    said = capsys.readouterr().err
    assert unseen(said) == set()
    assert "\\x1b]0;owned\\x07" in said
    assert debug or "\nError: forged" not in said


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(prints: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> str:
    """What it writes, Rich's own escapes included."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "400")
    for variable in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(variable, raising=False)
    terminal = Terminal()
    with contextlib.redirect_stdout(terminal), contextlib.redirect_stderr(terminal):
        prints()
    return terminal.getvalue()


def _is_tame(written: str) -> bool:
    acts = ("\x1b]", "\x1b[2J", "\x07", "\x9b", "\x7f", "\b", "\u202e", "\u2066", "\u2028", "\nError: forged")
    return not any(act in written for act in acts) and "[red]x[/red][link=http://e]y[/link]:smile:" in written


def _bar(kind: str) -> None:
    with getattr(console.Progress(), kind)(HOSTILE, 2) as advance:
        advance(1)


def _overview() -> None:
    with Overview([HOSTILE]) as overview:
        overview.stage(0, HOSTILE.replace("\n", " "))
        overview.finish(0, HOSTILE)


@pytest.mark.parametrize(
    "prints",
    [
        lambda: console.Progress().say(HOSTILE),
        lambda: console.print_result(HOSTILE),
        lambda: console.print_facts([("license", HOSTILE), ("name", "x")]),
        lambda: console.print_table(["file"], [[HOSTILE]], title=HOSTILE),
        lambda: _bar("task"),
        lambda: _bar("download"),
        lambda: _bar("upload"),
        _overview,
    ],
    ids=["message", "result", "facts", "table", "task", "download", "upload", "overview"],
)
def test_nothing_that_is_printed_on_a_terminal_acts_on_it_or_is_markup(
    prints: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _is_tame(on_a_terminal(prints, monkeypatch))


CARD = r"""---
library_name: "clean\e]0;owned\ard"
license: "mit\e[2J\x9b31m\u202egnp\nError: forged"
tags: [reinforcement-learning, bbconvert/HumanoidBalance-v0]
model-index:
- name: "PPO\e]0;owned\a[red]\nError: forged"
  results:
  - dataset: {name: bbconvert/HumanoidBalance-v0, type: bbconvert/HumanoidBalance-v0}
    metrics: [{type: mean_reward, value: 1000.00 +/- 0.50}]
---
"""


def test_a_repository_whose_names_hold_escapes_is_inspected_and_searched_in_plain_text(
    bbconvert_at_hub: CommandLine, hub: LocalHub
) -> None:
    repository = hub.folder / AGENT_REPO
    (repository / "README.md").write_text(CARD)
    (repository / "evil\x1b[31m\u202e\x9b2J.txt").write_text("")
    for arguments in (["inspect", AGENT_REPO], ["search", "hopper"]):
        done = bbconvert_at_hub(*arguments)
        assert done.returncode == 0, done.stderr
        assert unseen(done.stdout + done.stderr) == set()
        assert "\nError: forged" not in done.stdout
        exact = bbconvert_at_hub(*arguments, "--json")
        assert unseen(exact.stdout) == set()
        json.loads(exact.stdout)
    document = json.loads(bbconvert_at_hub("inspect", AGENT_REPO, "--json").stdout)
    assert document["license"] == "mit\x1b[2J\x9b31m\u202egnp\nError: forged"
    assert "evil\x1b[31m\u202e\x9b2J.txt" in [file["name"] for file in document["files"]]


@given(st.text(st.sampled_from("ab _*`[]()<>|~&;#!$\\\"':/.@-+=\n\x1b\u202e1w"), max_size=40))
def test_what_is_written_into_markdown_is_text_alone(text: str) -> None:
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    (inline,) = [token for token in parser.parse(f"# {plain(text)} end") if token.type == "inline"]
    assert {token.type for token in inline.children or []} <= {"text", "text_special"}
    assert re.sub(" +", " ", "".join(token.content for token in inline.children or [])) == " ".join(
        f"{one_line(text)} end".split()
    )
    (paragraph,) = [token for token in parser.parse(f"see {code(text)} end") if token.type == "inline"]
    kinds = [token.type for token in paragraph.children or []]
    assert kinds == ["text", "code_inline", "text"]


MARKUP = "x\ntags: [pwned]\n---\n# Owned | <img src=x onerror=alert(1)> [a](javascript:alert(1)) `b` **c**\x1b[2J"


def _hostile() -> Bundle:
    bundle = open_bundle(BALANCE_BOT_BUNDLE)
    manifest = bundle.manifest
    source = manifest.source.model_copy(
        update=dict.fromkeys(("repo_id", "revision", "filename", "library", "algorithm", "license", "sha256"), MARKUP)
    )
    env = manifest.env.model_copy(update={"id": MARKUP})
    checks = [check.model_copy(update={"name": MARKUP, "metric": MARKUP}) for check in manifest.parity.checks]
    normalization = manifest.normalization.model_copy(update={"mode": "frozen", "origin": MARKUP})
    update = {"source": source, "env": env, "title": MARKUP, "created_with": MARKUP, "mujoco_version": MARKUP}
    update |= {"parity": manifest.parity.model_copy(update={"checks": checks}), "normalization": normalization}
    return Bundle(bundle.folder, manifest.model_copy(update=update))


def test_names_and_licences_inject_neither_yaml_nor_markup_into_a_model_card() -> None:
    bundle = _hostile()
    card = bundle_readme(bundle.manifest)
    assert unseen(card) == set()
    _, front, body = re.split(r"^---$", card, maxsplit=2, flags=re.MULTILINE)
    matter = yaml.safe_load(front)
    assert list(matter) == ["library_name", "pipeline_tag", "license", "tags"]
    assert matter["license"] == one_line(MARKUP)
    assert matter["tags"] == [one_line(MARKUP), "deep-reinforcement-learning", "onnx", "mujoco"]
    assert parse_model_card(card).license == one_line(MARKUP)
    honest = open_bundle(BALANCE_BOT_BUNDLE).manifest
    # Of an environment that is not in the catalogue either, which the card says.
    honest = honest.model_copy(update={"env": honest.env.model_copy(update={"id": "Own-v0"})})
    _is_as_safe_as(body, bundle_readme(honest).split("---\n", 2)[2])


def _is_as_safe_as(body: str, honest: str) -> None:
    """Both have the same structure: the badge, and one link, to the repository."""

    def structure(text: str) -> list[str]:
        return [token.type for token in MarkdownIt("gfm-like", {"linkify": False}).parse(text)]

    assert structure(body) == structure(honest)
    tokens = [
        child for token in MarkdownIt("gfm-like", {"linkify": False}).parse(body) for child in token.children or []
    ]
    assert {token.type for token in tokens} <= {
        *("text", "text_special", "softbreak", "code_inline", "link_open", "link_close", "strong_open", "strong_close"),
        "image",
    }
    assert [token.attrs["src"] for token in tokens if token.type == "image"] == [BADGE]
    links = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
    assert links.pop(0) == PARITY
    assert all(link.startswith("https://huggingface.co/") for link in links)
    assert len(links) == 1


def test_a_title_injects_no_markup_into_the_readme_of_a_site(tmp_path: Path) -> None:
    out = tmp_path / "site"
    honest = make_library([open_bundle(BALANCE_BOT_BUNDLE)])
    write_site(honest, out, force=False)
    before = (out / "README.md").read_text()
    write_site(make_library([_hostile()]), out, force=True)
    readme = (out / "README.md").read_text()
    assert unseen(readme) == set()
    tokens, as_before = (MarkdownIt("gfm-like", {"linkify": False}).parse(text) for text in (readme, before))
    assert [token.type for token in tokens] == [token.type for token in as_before]


def test_a_bundle_called_as_the_index_is_refused_before_a_site_is_written(tmp_path: Path) -> None:
    bundle = open_bundle(BALANCE_BOT_BUNDLE)
    named = Bundle(bundle.folder, bundle.manifest.model_copy(update={"name": "index.json"}))
    with pytest.raises(BBConvertError, match=r"is called index\.json, as the list of bundles"):
        write_site(make_library([named]), tmp_path / "site", force=False)
    assert not (tmp_path / "site").exists()
