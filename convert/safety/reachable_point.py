"""Whether a reset's draw ends: a point that is drawn again until its norm lies between bounds may never do so."""

import math
import random

from bbconvert.convert.safety.limits import MAX_BOUND, MIN_ACCEPTANCE
from bbconvert.mjcf.spec import Draw, UniformPointDraw

_TRIES = 2000


def require_reachable(draw: Draw) -> None:
    """Tries a point's bounds on seeded draws; other draws end by themselves.

    Raises:
        ValueError: they lie too far apart, or fewer than `MIN_ACCEPTANCE` of the points lie between its norm's bounds.
    """
    if not isinstance(draw, UniformPointDraw):
        return
    low, high = draw.low, draw.high
    if not 0 < len(low) == len(high) <= 3:
        raise ValueError(f"a point is drawn between {len(low)} and {len(high)} bounds; it has one to three coordinates")
    if any(abs(bound) > MAX_BOUND for bound in (*low, *high)):
        raise ValueError(f"a point is drawn beyond ±{MAX_BOUND:g}")
    above = -math.inf if draw.norm_above is None else draw.norm_above
    below = math.inf if draw.norm_below is None else draw.norm_below
    generator = random.Random(0)  # noqa: S311  # a share is estimated
    found = 0
    for _ in range(_TRIES):
        point = [generator.uniform(one, other) for one, other in zip(low, high, strict=True)]
        found += above < math.hypot(*point) < below
    if found < MIN_ACCEPTANCE * _TRIES:
        raise ValueError(
            f"a point is drawn until its norm lies between {draw.norm_above} and {draw.norm_below}, which {found} of "
            f"{_TRIES} tries did: the reset would hardly end"
        )
