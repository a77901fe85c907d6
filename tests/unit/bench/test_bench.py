import json
import math
from pathlib import Path

import pytest

from bbconvert.convert.bench import bench
from bbconvert.convert.bench.allocations import allocated_bytes
from bbconvert.convert.bench.bench import Measurement, measure
from bbconvert.convert.bench.report import read_report, report
from bbconvert.convert.browser import open_page
from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.shipped import DEFAULT_BUNDLE
from tests.support.plain_host import plain_host

WORKER_PAGE = """<!doctype html><script>
const worker = new Worker("worker.js");
window.bbconvert = { ready: Promise.resolve() };
window.ask = (bytes) => new Promise((resolve) => {
  worker.onmessage = () => resolve();
  worker.postMessage(bytes);
});
</script>"""
WORKER = """onmessage = ({ data }) => {
  let kept;
  for (let i = 0; i < data / 1016; i++) kept = new Array(125).fill(0.5 + i);
  postMessage(kept === undefined ? 0 : kept.length);
};"""


def test_a_budget_is_an_upper_bound_unless_it_says_at_least() -> None:
    assert Measurement("x", "y", 2.0, "ms", 2).ok is True
    assert Measurement("x", "y", 2.1, "ms", 2).ok is False
    assert Measurement("x", "y", 0.9, "", 0.9, at_least=True).ok is True
    assert Measurement("x", "y", 0.8, "", 0.9, at_least=True).ok is False
    assert Measurement("x", "y", 1.0, "ms", 2, p10=1.0, mean=2.1).ok is False
    assert Measurement("x", "y", 5.0, "ms").ok is None


def test_a_pull_that_fails_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(bench, "HELPS", 1)
    said: list[str] = []
    with pytest.raises(BBConvertError, match=r"pull nobody/nothing --out .* failed"):
        list(measure([], "nobody/nothing", said.append))


@pytest.mark.browser
def test_every_budget_is_measured_once_for_a_bundle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    steps = {"WARM_UP": 10, "BLOCK": 50, "BLOCKS": 2, "ALLOCATION_STEPS": 200, "NATIVE_STEPS": 50}
    for name, value in {**steps, "VISITS": 1, "HELPS": 1}.items():
        monkeypatch.setattr(bench, name, value)
    monkeypatch.setattr(bench, "LATENESS_SECONDS", 1)
    said: list[str] = []
    lines = list(measure([open_bundle(DEFAULT_BUNDLE)], None, said.append))
    assert [text.split(":")[0] for text in said] == ["bbconvert --help, 1 times", *["humanoid-balance"] * 5]
    assert len({line.what for line in lines}) == len(lines)
    assert all(math.isfinite(line.value) and line.value >= 0 for line in lines)
    values = {line.what: line.value for line in lines}
    assert sum(line.budget is not None for line in lines) == 11
    assert values["torch imported for it"] == 0
    assert values["control steps per second, flat out"] > 0
    for line in lines:
        assert line.p10 is None or 0 <= line.p10 <= line.value, line
    # MuJoCo cannot be smaller than this, nor ONNX Runtime be loaded, too, within the larger bound.
    assert 2 < values["a cold load, compressed"] < 4.5

    former = tmp_path / "former.json"
    former.write_text(json.dumps(report({}, lines)))
    assert read_report(former) == {(line.subject, line.what): line.value for line in lines}


@pytest.mark.parametrize("content", ["", "{}", '{"measurements": [{"subject": "a"}]}', "[]"])
def test_a_file_that_no_bench_wrote_is_refused_in_words(tmp_path: Path, content: str) -> None:
    file = tmp_path / "former.json"
    file.write_text(content)
    with pytest.raises(UsageError, match="is not the output of `bbconvert bench --json`"):
        read_report(file)


@pytest.mark.browser
def test_allocations_are_those_of_the_worker_collected_ones_included(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(WORKER_PAGE)
    (tmp_path / "worker.js").write_text(WORKER)
    with plain_host(tmp_path) as address, open_page(address, drawing=False) as page:
        idle = allocated_bytes(page, "ask(0)")
        busy = allocated_bytes(page, "ask(20e6)")
    assert idle < 1e6
    assert busy == pytest.approx(20e6, rel=0.2)
