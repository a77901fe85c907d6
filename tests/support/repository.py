"""Where things are in this repository, and beside it."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED_HUB = ROOT.parent / "shared" / "hub"
"""The real checkpoints, laid out as a Hub; absent on a user's machine until `just fixtures`."""
SHARED_AGENTS = ROOT.parent / "shared" / "agents"
"""More real agents; absent on a user's machine."""
SHARED_ROBOTS = ROOT.parent / "shared" / "robots"
"""Real robot policies, with records of their deployment scripts; absent on a user's machine."""
