"""Coverage-guided fuzzing of one reader by Atheris: inputs that reach new code of ours are changed further.

Atheris runs in the process that reads, which therefore ends with the first failure; the input is kept in the corpus.
"""

import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from random import Random

from bbconvert.convert.errors import BBConvertError
from tests.fuzz.campaign import CORPUS, SEED, corpus, make_input
from tests.fuzz.isolation import LIMITS

_INSTALL = (
    "--coverage needs Atheris, which is for Linux and macOS: .venv/bin/pip install atheris. It is not locked, and "
    "nothing else needs it."
)
SEEDS = 300
MAX_BYTES = 8192


def fuzz_by_coverage(names: list[str], minutes: float) -> int:
    """Each reader for so many minutes, in a process of its own; 1 where one failed."""
    try:
        import atheris  # noqa: F401
    except ImportError:
        sys.exit(_INSTALL)
    if len(names) == 1:
        _fuzz(names[0], minutes)
    from tests.fuzz.readers import READERS

    failed = []
    for name in names or READERS:
        command = [sys.executable, "-m", "tests.fuzz", "--coverage", "--reader", name, "--minutes", str(minutes)]
        if subprocess.run(command, check=False).returncode != 0:
            failed.append(name)
    print(f"Failed: {', '.join(failed) or 'none'}. What was found is in {CORPUS}.")
    return int(bool(failed))


def _fuzz(name: str, minutes: float) -> None:
    """Does not return: Atheris ends the process."""
    import atheris

    with atheris.instrument_imports(include=["bbconvert"]):
        from tests.fuzz.readers import READERS
    reader = READERS[name]
    work = Path(tempfile.mkdtemp(prefix=f"bbconvert-fuzz-{name}-"))
    seeds, folder = work / "seeds", work / "input"
    seeds.mkdir()
    folder.mkdir()
    reader.prepare(folder)
    for number in range(SEEDS):
        rng = Random(f"{SEED}/{name}/{number}")
        content = reader.valid(rng) if number % 3 == 0 else make_input(name, SEED, number)
        (seeds / str(number)).write_bytes(content[:MAX_BYTES])
    for path in corpus(name):
        (seeds / path.name).write_bytes(path.read_bytes())
    kept = CORPUS / name
    kept.mkdir(parents=True, exist_ok=True)
    path = folder / reader.filename

    def read(content: bytes) -> None:
        path.write_bytes(content)
        with suppress(BBConvertError):
            reader.read(path)

    limit = LIMITS.memory_bytes // 2**20
    options = (f"max_total_time={round(60 * minutes)}", f"timeout={LIMITS.cpu_seconds:g}", f"max_len={MAX_BYTES}")
    memory = (f"malloc_limit_mb={limit}", f"rss_limit_mb={2 * limit}", f"artifact_prefix={kept}/coverage-")
    atheris.Setup([sys.argv[0], *(f"-{option}" for option in (*options, *memory)), str(seeds)], read)
    atheris.Fuzz()
