# bbconvert: from a checkpoint on the Hugging Face Hub to a policy that plays in the browser, with proof.
# `just play` is all that is needed on a fresh machine; PYTHON=… chooses another Python than python3.

set positional-arguments := true
set shell := ["bash", "-euo", "pipefail", "-c"]

export PIP_DISABLE_PIP_VERSION_CHECK := "1"
python := env("PYTHON", if os_family() == "windows" { "python" } else { "python3" })
bin := if os_family() == "windows" { ".venv/Scripts" } else { ".venv/bin" }

[private]
default:
    @{{ just_executable() }} --list --unsorted

# Install what playing needs into .venv, and build the page
setup: (_install "browser") _page

# Open the page on the default bundle and those in ./bundles, or on the bundles and repositories named
play *arguments: setup
    @{{ bin }}/bbconvert play "$@"

# Open the page with hot reload: Vite serves the sources, `bbconvert serve` the bundles (arguments go to it)
dev *arguments: setup _modules
    #!/usr/bin/env bash
    set -euo pipefail
    trap 'kill 0' EXIT
    {{ bin }}/bbconvert serve --port 8764 "$@" &
    cd web && BBCONVERT_SERVER=http://127.0.0.1:8764 npm run dev

# Put the real checkpoints that some tests need into ../shared/hub, from the Hub
fixtures: (_install "browser,test")
    {{ bin }}/python -m tests.support.fixtures

# Run every test: Python, TypeScript, and the page in a browser (arguments go to pytest)
test *arguments: (_install "browser,test,oracle") _modules _page _browser
    cd web && npm run --silent test
    {{ bin }}/python -m pytest --numprocesses auto --dist worksteal "$@"

# Run the unit tests, Python and TypeScript, in about 90 s: without a browser, a wheel, the Hub or a process of the command
test-fast *arguments: (_install "browser,test,oracle") _modules
    cd web && npm run --silent test
    {{ bin }}/python -m pytest --numprocesses auto --dist worksteal tests/unit tests/oracle \
      -m "not browser and not hub and not packaging and not command and not slow" "$@"

# Check style, types and the direction of imports: ruff, mypy, import-linter, biome, tsc
check: (_install "browser,test,dev") _modules
    {{ bin }}/ruff check
    {{ bin }}/ruff format --check
    {{ bin }}/mypy
    {{ bin }}/lint-imports --no-logo --no-cache
    cd web && npm run --silent check

# Format the code as `just check` wants it
tidy: (_install "browser,test,dev") _modules
    {{ bin }}/ruff check --fix
    {{ bin }}/ruff format
    cd web && npx biome check --write .

# Build the wheel, page and default bundle inside, into dist/
build: (_install "browser,test")
    {{ bin }}/python -m build --wheel --no-isolation

# Make the bundles that ship from the weights in policies/
shipped *names: (_install "browser")
    {{ bin }}/python policies/make_bundles.py "$@"

# Measure the shipped policies, and write the tables and curves of docs/policies.md
policies: (_install "browser,train,dev") _page _browser
    {{ bin }}/python policies/humanoid-balance/evaluate.py
    {{ bin }}/python policies/survival.py
    {{ bin }}/python policies/stand/evaluate.py
    {{ bin }}/python policies/reorient/evaluate.py
    {{ bin }}/python policies/reorient/evaluate.py --sight
    {{ bin }}/python policies/curve.py policies/humanoid-balance/stepping_curve.csv docs/humanoid-balance-stepping-curve.png
    {{ bin }}/python policies/curve.py policies/humanoid-balance/curve.csv docs/humanoid-balance-curve.png
    {{ bin }}/python policies/curve.py policies/balance-bot/curve.csv docs/balance-bot-curve.png
    {{ bin }}/python policies/curve.py policies/cart-pole/curve.csv docs/cart-pole-curve.png
    {{ bin }}/python policies/curve.py policies/stand/curve.csv docs/stand-curve.png
    {{ bin }}/python policies/curve.py policies/balance-ball/curve.csv docs/balance-ball-curve.png
    {{ bin }}/python policies/curve.py policies/reorient/curve.csv docs/reorient-curve.png
    {{ bin }}/python policies/compare.py --plot

# Train a policy again by its recipe: just train-policy balance-bot /tmp/run (arguments go to `bbconvert train`)
train-policy name out *arguments: (_install "train")
    {{ bin }}/bbconvert train --recipe policies/{{ name }}/recipe.yaml --out "{{ out }}" "${@:3}"

# Train the default policy again in four stages, which takes days: policies/humanoid-balance/README.md
train-humanoid: (_install "train")
    {{ bin }}/bbconvert train --recipe policies/humanoid-balance/standing.yaml --out policies/humanoid-balance/standing
    {{ bin }}/python policies/humanoid-balance/recoveries.py
    {{ bin }}/bbconvert train --recipe policies/humanoid-balance/stepping.yaml --out policies/humanoid-balance/stepping
    {{ bin }}/bbconvert train --recipe policies/humanoid-balance/recipe.yaml --out policies/humanoid-balance/trained

# Train PPO, and GRPO or SAC, on the same task, three seeds each, and plot both (names of bodies may be given)
comparison *names: (_install "train,dev")
    {{ bin }}/python policies/compare.py "$@"

# Play every environment in a tab, and write docs/environments.md with its figure
environments: (_install "browser,test,dev") _page _browser
    {{ bin }}/python -m tests.documents.environments

# Play every real checkpoint by its own library, converted, and in a tab, and write docs/returns.md
returns: (_install "browser,test,oracle,jax") _page _browser
    {{ bin }}/python -m tests.documents.returns

# Kill so many commands at random file events, and write what they left; exits 1 where something was lost
kill kills="200" *arguments: (_install "browser,test")
    {{ bin }}/python -m tests.faults --kills "$@"

# Take the pictures of docs/page.md and of the README (or those that are named) in the browser
screenshots *names: (_install "browser,test") _modules _page _browser
    {{ bin }}/python -m tests.documents.screenshots "$@"

# Let Python's own tensorflowjs write the fixtures that our writer is held to (Python 3.11, 2.7 GB)
tfjs-oracle:
    {{ python }} -m venv .venv-tfjs
    .venv-tfjs/bin/pip install --quiet tensorflowjs==4.22.0 "tensorflow==2.19.*" "ydf<0.12" "setuptools<81"
    .venv-tfjs/bin/python -m tests.oracle.tfjs

# Read hostile inputs with every reader: just fuzz --inputs 100000 --write, or --minutes 30 --keep, or --coverage
fuzz *arguments: (_install "browser,test")
    {{ bin }}/python -m tests.fuzz "$@"

# Lock every package to the hashes of its files on PyPI, after a pin or a dependency changed
lock:
    {{ python }} -m venv .venv-lock
    .venv-lock/bin/pip install --quiet uv
    PATH="$PWD/.venv-lock/bin:$PATH" {{ python }} locked.py --make

# Ask PyPI and npm for known vulnerabilities of what is locked
audit: (_install "browser")
    {{ bin }}/python .ci/audit.py

# Measure the budgets: throughput, latencies, bytes, start-up (arguments go to `bbconvert bench`)
bench *arguments: setup _browser
    @{{ bin }}/bbconvert bench "$@"

# Measure the budgets, and write docs/performance.md with its figure (a file of `bbconvert bench --json`: a former run)
performance *before: (_install "browser,test,dev") _page _browser
    {{ bin }}/python -m tests.documents.performance "$@"

# Play for an hour's control steps, and write down what memory that takes in docs/memory.md
memory: (_install "browser,test") _page _browser
    {{ bin }}/python -m tests.documents.memory

# Measure swarms of up to 1,000 bodies (of the bundles that are named), and write docs/swarm.md
swarm *bundles: (_install "browser,test") _page _browser
    {{ bin }}/python -m tests.documents.swarm "$@"

# Train bodies in the tab's own way, five seeds each, and write the figures of docs/training-in-the-tab.md (some 40 minutes)
training *arguments: (_install "browser,test,oracle,dev") _modules _page _browser
    {{ bin }}/python -m tests.documents.training "$@"

# Raise MuJoCo in Python and in the page to VERSION, make the bundles anew, and write docs/mujoco-VERSION.md (some 15 minutes)
mujoco version: (_install "browser,test,oracle,dev") _modules _page _browser
    {{ bin }}/python -m tests.documents.mujoco "{{ version }}"

# Build the documentation site with the live page, into site/ (--no-demo: without it; --robots CLONE: with Unitree's G1)
docs *arguments: (_install "browser,docs,robots") _page
    {{ bin }}/python -m tests.documents.site "$@"

# Remove everything that the other recipes made
clean:
    rm -rf site .venv .venv-tfjs .venv-lock web/node_modules web/src/generated convert/page dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
    find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The virtual environment with bbconvert and these extras; nothing to do until a pin or a dependency changes.
_install extras:
    #!/usr/bin/env bash
    set -euo pipefail
    stamp=".venv/installed-{{ extras }}"
    wanted=$(cat pyproject.toml constraints.txt requirements.lock | cksum)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi
    {{ just_executable() }} _prerequisites
    if [ ! -e .venv/pyvenv.cfg ]; then {{ python }} -m venv .venv; fi
    # Each file must have the hash that the lock says. torch's builds have one version and many hashes: see locked.py.
    locked=$(mktemp)
    trap 'rm -f "$locked"' EXIT
    {{ bin }}/python locked.py "build,{{ extras }}" >"$locked"
    {{ bin }}/python -m pip install --require-hashes --no-deps --requirement "$locked"
    case ",{{ extras }}," in
      *,test,* | *,train,* | *,oracle,*)
        # On Linux PyPI's build brings gigabytes of CUDA; torch's own index has one for the CPU.
        index=https://download.pytorch.org/whl/cpu
        reachable="from urllib.request import urlopen; urlopen('$index/torch/', timeout=10)"
        if ! {{ bin }}/python -c "$reachable" 2>/dev/null; then index=; fi
        {{ bin }}/python -m pip install --constraint constraints.txt ${index:+--extra-index-url $index} torch
        ;;
    esac
    {{ bin }}/python -m pip install --no-deps --no-build-isolation --editable .
    {{ bin }}/python -m pip check
    printf '%s\n' "$wanted" >"$stamp"

_prerequisites:
    #!/usr/bin/env bash
    set -euo pipefail
    missing=()
    if ! command -v {{ python }} >/dev/null; then
      missing+=("Python 3.11 or newer: '{{ python }}' was not found. Install it, or name another with PYTHON=/path/to/python.")
    elif ! {{ python }} -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      missing+=("Python 3.11 or newer: '{{ python }}' is $({{ python }} --version). Name a newer one with PYTHON=/path/to/python.")
    elif ! {{ python }} -c 'import venv, ensurepip' 2>/dev/null; then
      missing+=("Python's venv module. On Debian and Ubuntu: apt-get install python3-venv")
    fi
    if ! command -v node >/dev/null; then
      missing+=("Node.js 20.19 or newer: 'node' was not found. Install it from nodejs.org or with your package manager.")
    elif ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
      missing+=("Node.js 20.19 or newer: 'node' is $(node --version).")
    fi
    if ! command -v npm >/dev/null; then
      missing+=("npm, which usually comes with Node.js. On Debian and Ubuntu: apt-get install npm")
    fi
    if [ ${#missing[@]} -gt 0 ]; then
      echo "bbconvert needs:" >&2
      printf ' - %s\n' "${missing[@]}" >&2
      exit 1
    fi

# The page in convert/page/, made anew when one of its sources changed.
_page:
    @{{ bin }}/python hatch_build.py

# The page's development tools, as locked.
_modules:
    @cd web && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund; }

# A Chrome or Chromium, for what is tested and measured in the page.
_browser:
    #!/usr/bin/env bash
    set -euo pipefail
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
      if command -v "$name" >/dev/null; then exit 0; fi
    done
    if [ -d "/Applications/Google Chrome.app" ] || [ -d "/Applications/Chromium.app" ]; then exit 0; fi
    if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ]; then
      apt-get update && apt-get install --yes --no-install-recommends chromium
    else
      echo "The page is tested in Chrome or Chromium, and none was found. Install one:" >&2
      echo "Debian: sudo apt-get install chromium; Ubuntu: sudo snap install chromium; macOS: brew install --cask chromium" >&2
      exit 1
    fi
