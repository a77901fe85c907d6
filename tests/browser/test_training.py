"""The page that trains, every button of it: what it learned is a bundle that Python verifies."""

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.evaluate import evaluate
from bbconvert.convert.verify import verify
from tests.browser.axe import violations
from tests.browser.tab import PATIENCE_MS

LONG_MS = 4 * PATIENCE_MS
TERMS = [{"kind": "healthy", "name": "upright", "weight": 2}]

OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(blind_browser: Browser, address: str) -> Iterator[OpenPage]:
    """Opens train.html with this query, without a picture."""
    context = blind_browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(PATIENCE_MS)

    def open_it(query: str, **viewport: int) -> Page:
        page = context.new_page()
        if viewport:
            page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        page.goto(f"{address}train.html?{query}")
        expect(page.locator("#train")).to_have_text("Train")
        return page

    yield open_it
    context.close()


def _unfold(page: Page) -> None:
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")


def _slide(page: Page, name: str, value: int) -> None:
    page.locator(f"#{name}").fill(str(value))


def test_what_was_learned_in_the_tab_is_a_bundle_that_python_verifies(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("body=CartPole-v0")
    _slide(page, "budget", 0)
    page.locator("#train").click()
    page.locator("#push").click()
    expect(page.locator("#tested")).to_contain_text("Seeds 0 to 99", timeout=LONG_MS)
    with page.expect_download() as downloading:
        page.locator("#download").click()
    downloading.value.save_as(tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "CartPole-v0-ars-seed0"
    manifest = open_bundle(folder).manifest
    assert manifest.training is not None
    assert manifest.training.settings is not None
    assert manifest.training.settings["algorithm"] == "ars"
    for level in ("network", "observation", "rollout"):
        failed = [check for check in verify(folder, level).checks if not check.ok]
        assert failed == []
    shown = page.locator("#tested").inner_text()
    (mean,) = re.findall(r"99: ([\d,.]+) ±", shown)
    assert float(mean.replace(",", "")) == pytest.approx(evaluate(folder, episodes=100, seed=0).mean, rel=1e-4)
    page.locator("#play-result").click()
    page.wait_for_url("**/?bundle=tab**")
    expect(page.locator("#heading")).to_contain_text("trained in a browser tab with ARS")


def test_a_closed_tab_goes_on_where_it_was(open_page: OpenPage) -> None:
    page = open_page("body=CartPole-v0")
    page.locator("#train").click()
    expect(page.locator(".figures")).to_contain_text("of 1,000,000 steps")
    page.locator("#pause").click()
    expect(page.locator("#go-on")).to_be_visible()
    page.locator("#go-on").click()
    page.locator("#pause").click()
    expect(page.locator("#go-on")).to_be_visible()
    page.close()
    page = open_page("body=CartPole-v0")
    page.locator("#resume").click()
    expect(page.locator("#pause")).to_be_visible()
    page.locator("#pause").click()
    expect(page.locator("#go-on")).to_be_visible()


def test_the_settings_are_set_and_bad_ones_are_told(open_page: OpenPage) -> None:
    page = open_page("bundle=humanoid-balance")
    _unfold(page)
    page.get_by_text("PPO", exact=True).click()
    expect(page.locator("#hyper-clipRange")).to_have_value("0.2")
    page.locator("#hyper-learningRate").fill("-1")
    page.locator("#hyper-learningRate").blur()
    expect(page.locator("#notices")).to_contain_text("Learning rate is a number above 0")
    page.locator("#hidden").fill("64, x")
    page.locator("#hidden").blur()
    expect(page.locator("#notices")).to_contain_text("Hidden layers are whole numbers")
    page.locator("#reward-text").fill('[{"kind": "script"}]')
    page.locator("#apply-reward").click()
    expect(page.locator(".problem")).to_contain_text('has the kind "script"')
    page.locator("#reward-text").fill(json.dumps(TERMS))
    page.locator("#apply-reward").click()
    expect(page.locator("#weight-upright")).to_have_value("2")
    page.locator("#own-reward").click()
    expect(page.locator("#weight-upright")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_the_page_has_no_violation_of_axe(open_page: OpenPage, width: int, height: int) -> None:
    page = open_page("body=CartPole-v0", width=width, height=height)
    _unfold(page)
    assert violations(page) == []


def test_an_unknown_body_is_told_with_the_choices(blind_browser: Browser, address: str) -> None:
    page = blind_browser.new_page()
    page.goto(f"{address}train.html?body=Hoper-v5")
    expect(page.get_by_role("alertdialog")).to_contain_text('There is no "Hoper-v5" here. Choose one of:')
    expect(page.get_by_role("alertdialog")).to_contain_text("Hopper-v5")
    page.close()


@pytest.fixture
def language_model() -> Iterator[tuple[str, list[dict[str, Any]], list[tuple[int, str]]]]:
    """A server that speaks both protocols: its address, what it was asked, and the answers that it gives next."""
    asked: list[dict[str, Any]] = []
    answers: list[tuple[int, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def _headers(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "*, authorization")
            self.send_header("Content-Type", "application/json")
            self.send_header("Cross-Origin-Resource-Policy", "cross-origin")
            self.end_headers()

        def do_OPTIONS(self) -> None:
            self._headers(204)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, **body})
            status, content = answers.pop(0)
            self._headers(status)
            self.wfile.write(content.encode())

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked, answers
    server.shutdown()
    server.server_close()


def test_a_language_model_proposes_a_reward_that_runs_only_when_it_is_accepted(
    open_page: OpenPage, language_model: tuple[str, list[dict[str, Any]], list[tuple[int, str]]]
) -> None:
    address, asked, answers = language_model
    proposal = json.dumps({"proposals": [{"title": "Calm", "terms": TERMS}]})
    page = open_page("body=CartPole-v0")
    _unfold(page)
    page.locator("#wish").fill("stand still")
    page.locator("#provider").select_option("anthropic")
    page.locator("#address").fill(address)
    page.locator("#key").fill("secret")
    expect(page.get_by_text(f"reward to {address}/v1/messages.")).to_be_visible()
    assert asked == []

    answers.append((200, json.dumps({"content": [{"type": "text", "text": proposal}]})))
    page.locator("#ask").click()
    expect(page.locator(".proposal")).to_contain_text("Calm")
    (question,) = asked
    assert (question["path"], question["headers"]["x-api-key"]) == ("/v1/messages", "secret")
    assert "stand still" in question["messages"][0]["content"]
    expect(page.locator("#weight-upright")).to_have_count(0)
    page.locator(".accept-proposal").click()
    expect(page.locator("#weight-upright")).to_have_value("2")

    page.locator("#provider").select_option("openai")
    page.locator("#address").fill(f"{address}/v1")
    for status, answer, told in (
        (200, "not json", "answered in another form than expected"),
        (401, json.dumps({"error": {"message": "no such key"}}), "answered 401: no such key"),
        (200, json.dumps({"choices": [{"message": {"content": "I will not."}}]}), "holds no JSON"),
    ):
        answers.append((status, answer))
        page.locator("#ask").click()
        expect(page.locator(".problem")).to_contain_text(told)
    page.locator("#address").fill("http://127.0.0.1:9")
    page.locator("#ask").click()
    expect(page.locator(".problem")).to_contain_text("cannot be reached")

    page.locator("#provider").select_option("paste")
    page.locator("#answer").fill(json.dumps({"proposals": [{"title": f"P{i}", "terms": TERMS} for i in range(2)]}))
    page.locator("#read-answer").click()
    expect(page.locator(".proposal")).to_have_count(2)
    _slide(page, "budget", 0)
    page.locator("#compete").click()
    expect(page.locator("figcaption")).to_contain_text("B")

    # What was measured so far goes back with the next question, before the training is over.
    page.locator("#pause").click()
    expect(page.locator("#go-on")).to_be_visible()
    page.locator("#provider").select_option("anthropic")
    page.locator("#address").fill(address)
    page.locator("#key").fill("secret")
    answers.append((200, json.dumps({"content": [{"type": "text", "text": proposal}]})))
    page.locator("#ask").click()
    expect(page.locator(".proposal")).to_have_count(1)
    again = asked[-1]["messages"][0]["content"]
    assert again.count("was tried:") == 2
    assert "Mean return by the environment's own reward after so many steps: 0: " in again
