"""JSON as a text that parsers stumble over."""

import json
from random import Random
from typing import Any


def hostile(rng: Random, tree: Any) -> bytes:
    """The document, perhaps with what JSON does not have, or parsers cannot take."""
    text = json.dumps(tree)
    match rng.randrange(10):
        case 0:
            depth = rng.choice((1_000, 50_000, 200_000))
            bracket = rng.choice(("[", '{"a":'))
            text = text[:-1] + rng.choice(("", ", " + bracket * depth))
        case 1:
            depth = rng.choice((1_000, 50_000))
            text = "[" * depth + text + "]" * depth
        case 2:
            text = text.replace("0", "9" * rng.choice((400, 5_000)), 1)
        case 3:
            text = text.replace(
                ": ", rng.choice((": NaN, ", ": Infinity, ", ': 1e999, "x": ', ': "\\ud800", "x": ')), 1
            )
        case 4:
            return text.encode(rng.choice(("utf-16", "utf-8-sig", "utf-32", "latin1")), "replace")
        case 5:
            return text.encode().replace(b'"', b'"\xff', 1)
        case 6:
            half = text[: len(text) // 2]
            return half.encode()
        case _:
            pass
    return text.encode("utf-8", "surrogatepass")
