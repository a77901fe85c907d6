"""Control steps a second of PPO, in the page and in Stable-Baselines3: for docs/training-in-the-tab.md."""

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from rich.console import Console

from bbconvert.convert.browser import served, start_browser
from bbconvert.convert.bundle.body import body_name
from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.shipped import DEFAULT_BUNDLE, PAGE

RATED = ("InvertedPendulum-v4", "Hopper-v4")
RATED_STEPS = 25_000
"""Of Stable-Baselines3."""
SB3 = """
import sys, time, warnings
warnings.simplefilter("ignore")
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
env_id, envs, n_steps, steps = sys.argv[1], *map(int, sys.argv[2:])
model = PPO("MlpPolicy", make_vec_env(env_id, n_envs=envs, seed=0), n_steps=n_steps, device="cpu", seed=0)
began = time.perf_counter()
model.learn(steps)
print(model.num_timesteps / (time.perf_counter() - began))
"""
"""Batches of 64 and ten epochs are its defaults, and ours."""

CLICK_AND_COUNT = r"""() => new Promise((resolve) => {
  const began = performance.now();
  document.querySelector("#train").click();
  const timer = setInterval(() => {
    const text = document.querySelector(".figures")?.textContent.replaceAll(",", "") ?? "";
    const [, steps, budget] = text.match(/^([0-9]+) of ([0-9]+)/)?.map(Number) ?? [0, 0, 1];
    if (steps < budget) return;
    clearInterval(timer);
    resolve(steps / ((performance.now() - began) / 1000));
  }, 5);
})"""


def measure_rates(env_id: str, kept: Path, console: Console) -> dict[str, Any]:
    """Control steps a second of PPO: Stable-Baselines3 with 1 and 16 environments, and the page; medians of three."""
    found: dict[str, list[float]] = {"sb3 1": [], "sb3 16": [], "page": []}
    file = kept / f"rates-{env_id}.json"
    if file.is_file():
        found = json.loads(file.read_text())
    while len(found["page"]) < 3:
        found["sb3 1"].append(_sb3(env_id, 1, 2048))
        found["sb3 16"].append(_sb3(env_id, 16, 128))
        found["page"].append(_page(env_id))
    file.write_text(json.dumps(found))
    console.print(f"{env_id}: {found}")
    return {"env": env_id, **{name: statistics.median(values) for name, values in found.items()}}


def _sb3(env_id: str, envs: int, n_steps: int) -> float:
    arguments = [env_id, str(envs), str(n_steps), str(RATED_STEPS)]
    done = subprocess.run(
        [sys.executable, "-c", SB3, *arguments], capture_output=True, text=True, check=True, timeout=600
    )
    return float(done.stdout.split()[-1])


def _page(env_id: str) -> float:
    """From the button to the end of the budget, its 21 evaluations included."""
    bundle = open_bundle(DEFAULT_BUNDLE)
    with served({bundle.manifest.name: bundle}, PAGE) as address, sync_playwright() as playwright:
        browser = start_browser(playwright, drawing=False)
        page = browser.new_page()
        page.goto(f"{address}train.html?body={body_name(env_id)}")
        page.locator("#train").wait_for()
        page.get_by_text("PPO", exact=True).click()
        page.locator("#budget").fill("1")  # 100,000 steps
        rate = float(page.evaluate(CLICK_AND_COUNT))
        browser.close()
    return rate
