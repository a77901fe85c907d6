"""Numbers that Python and the page share. The schema carries them, and the page's build writes them for TypeScript."""

from bbconvert.mjcf.spec import SHOVE_SECONDS

ULPS = 2.0**-50
"""Of an ULP perturbation, relative to a number: four to eight units in its last place."""
RERUNS = 32
"""Reruns of an episode, each under another ULP perturbation, that measure for how long it agrees with itself."""
STATE_TOLERANCE = 1e-9
"""Of a state-synchronised step in WASM against native MuJoCo, relative."""
RETURN_TOLERANCE = 1e-6
"""Of a closed-loop return, absolute."""
POSE_TOLERANCE = 1e-4
"""Of the network that sees, which computes in float32, from one runtime to another, relative."""

SHARED = {
    "ULPS": ULPS,
    "RERUNS": RERUNS,
    "STATE_TOLERANCE": STATE_TOLERANCE,
    "RETURN_TOLERANCE": RETURN_TOLERANCE,
    "POSE_TOLERANCE": POSE_TOLERANCE,
    "IMPULSE_SECONDS": SHOVE_SECONDS,
}
"""By the names that TypeScript uses."""
