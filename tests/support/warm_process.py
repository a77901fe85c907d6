"""A process that has imported what takes seconds, such as torch, and forks itself for each command of `bbconvert`.

A command is what it is as a process of its own, but for those imports. `run_warm` starts one and talks to it; the other
half, `python -m tests.support.warm_process`, reads a request from a line of stdin and answers with one on stdout.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from tests.support.repository import ROOT

SECONDS = 280
"""A command that takes longer hangs: SIGALRM ends it, which no test takes for an end."""
_IMPORTED = (
    *("numpy", "onnx", "onnxruntime", "torch", "mujoco", "gymnasium.envs.mujoco", "pydantic", "typer", "rich.console"),
    *("safetensors.numpy", "yaml", "stable_baselines3"),
)
"""Of other packages, and nothing that reads the environment when it is imported, as huggingface_hub does."""
_ONE_AT_A_TIME = threading.Lock()


def run_warm(arguments: list[str], cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str] | None:
    """Runs `bbconvert`; None where it has to be a process of its own.

    It has to be one if it imports from other places, if another command runs, or if the system cannot fork.
    """
    if not hasattr(os, "fork") or environment.get("PYTHONPATH", "").split(os.pathsep)[0] != str(ROOT):
        return None
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        return None
    try:
        process = _process(environment["PYTHONPATH"])
        assert process.stdin is not None
        assert process.stdout is not None
        request = {"arguments": arguments, "cwd": str(cwd), "environment": environment}
        print(json.dumps(request), file=process.stdin, flush=True)
        return subprocess.CompletedProcess(arguments, **json.loads(process.stdout.readline()))
    finally:
        _ONE_AT_A_TIME.release()


@cache
def _process(path: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.warm_process"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    atexit.register(process.kill)
    return process


def _import_all() -> None:
    from importlib import import_module
    from importlib.util import find_spec

    for name in _IMPORTED:
        if find_spec(name.partition(".")[0]) is not None:
            import_module(name)
    early = [name for name in sys.modules if name.startswith(("huggingface_hub", "bbconvert.convert.cli"))]
    assert not early, early


def _become(request: dict[str, Any], output: tuple[Path, Path]) -> NoReturn:
    """Runs the command in this process, which ends with it."""
    import runpy

    weakref.finalize._registry.clear()  # type: ignore[attr-defined]  # what the warm process cleans up is not ours
    signal.alarm(SECONDS)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream, path in zip((1, 2), output, strict=True):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    sys.path[0] = request["cwd"]
    sys.argv = ["bbconvert", *request["arguments"]]
    code = 0
    try:
        runpy.run_module("bbconvert", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
    except BaseException:  # noqa: BLE001  # what Python does with one that nobody catches
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # as Python does at its end: waits for threads
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _forked(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    output = (folder / "stdout", folder / "stderr")
    child = os.fork()
    if child == 0:
        try:
            _become(request, output)
        finally:
            os._exit(70)
    _, status = os.waitpid(child, 0)
    stdout, stderr = (path.read_text(encoding="utf-8") for path in output)
    return {"returncode": os.waitstatus_to_exitcode(status), "stdout": stdout, "stderr": stderr}


def main() -> None:
    """Answers until stdin ends."""
    _import_all()
    with tempfile.TemporaryDirectory() as folder:
        for line in sys.stdin:
            print(json.dumps(_forked(json.loads(line), Path(folder))), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
