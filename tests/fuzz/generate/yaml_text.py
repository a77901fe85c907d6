"""YAML as trainers write it beside a checkpoint, with all that YAML can do besides."""

import json
from collections.abc import Callable
from random import Random

from tests.fuzz.generate import values

_SCALARS = (
    *(
        "2023-02-30",
        "2023-13-45T99:99:99Z",
        "!!bool x",
        "!!int x",
        "!!float x",
        "!!timestamp x",
        "!!binary '*'",
        "!!set {a}",
    ),
    *("!!python/object/apply:os.system ['touch executed']", "!!python/name:os.system", "!!python/tuple [1, 2]", "!x 1"),
    *(
        "!!python/object/apply:collections.OrderedDict [[[[1]]]]",
        "!!python/object/apply:collections.OrderedDict []",
        "*a",
    ),
    *("&a [*a]", "&a {b: *a}", "<<", "? [1, 2]\n: 3", "{[1]: 2}", "{{a: 1}: 2}", "0x" + "f" * 4000, "0b" + "1" * 9000),
    *(
        "190:20:30.15",
        "1" * 5000,
        "1_" * 3000 + "1",
        ".inf",
        "-.INF",
        ".nan",
        "0o9",
        "08",
        "=",
        "~",
        "|\n  a",
        ">\n  b",
    ),
    *('"\\x1b[2J"', '"\\ud800"', '"\\U00110000"', "'", '"', "[", "{", "- -", "%TAG ! x", "---", "...", "\t", "@", "`"),
    *(
        "!!omap [a: 1, a: 2]",
        "!!pairs [a: 1]",
        "!!map [1]",
        "!!seq {a: 1}",
        "!!null x",
        "!!str [1]",
        "1e999",
        "9" * 400 + ".0",
    ),
    *("dict(norm_obs=True)", "dict(" + "a=" * 500, "(" * 300, "[" * 150 + "]" * 150, "{'a': " * 80, "-" * 3000 + "1"),
    *(
        "dict(xml_file='/etc/passwd')",
        "'[' * 99999999",
        "1 if 1 else 2",
        "10**10**10",
        "\"{1: 2, 'a': 'b'}\"",
        "dict(**{})",
    ),
)
_KEYS = (
    *("env", "env_kwargs", "normalize", "env_wrapper", "policy", "n_timesteps", "xml_file", "frame_skip", "<<", "? a"),
    *(
        "healthy_z_range",
        "render_mode",
        "max_episode_steps",
        "exclude_current_positions_from_observation",
        "²",
        "!!str x",
    ),
)


def valid(rng: Random) -> bytes:
    """What rl-baselines3-zoo writes."""
    normalize = rng.choice(("true", "false", "dict(norm_obs=True, norm_reward=False)", "{'norm_obs': True}"))
    return (
        f"env: {rng.choice(('Ant-v3', 'Hopper-v4'))}\nenv_kwargs: {{frame_skip: 5}}\nnormalize: {normalize}\n"
        f"env_wrapper: sb3_contrib.common.wrappers.TimeFeatureWrapper\nn_timesteps: {rng.randint(1, 9)}\n"
    ).encode()


def hostile(rng: Random) -> bytes:
    """One to three changes, or a document of its own kind."""
    if rng.random() < 0.35:
        return rng.choice(_DOCUMENTS)(rng).encode("utf-8", "surrogatepass")
    lines = valid(rng).decode().splitlines()
    for _ in range(rng.randint(1, 3)):
        line = f"{rng.choice(_KEYS)}: {scalar(rng)}"
        lines.insert(rng.randrange(len(lines) + 1), line)
    return "\n".join(lines).encode(rng.choice(("utf-8", "utf-8", "utf-8", "utf-16", "latin1")), "replace")


def scalar(rng: Random) -> str:
    """A value as it stands behind a colon."""
    return rng.choice(
        (rng.choice(_SCALARS), rng.choice(_SCALARS), json.dumps(values.document(rng)), repr(values.scalar(rng)))
    )


def laughs(rng: Random) -> str:
    """Anchors that stand for lists of anchors."""
    width, levels = rng.choice(((9, 9), (2, 30), (10, 4)))
    lines = ["a0: &a0 [x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * width)}]" for i in range(1, levels)]
    return "\n".join([*lines, f"env_kwargs: {{a: *a{levels - 1}}}"])


def merges(rng: Random) -> str:
    """Mappings that merge mappings that merge mappings: each doubles what is copied."""
    levels = rng.choice((3, 12, 22, 30))
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}], k{i}: 1}}" for i in range(1, levels)]
    return "\n".join(lines)


def _deep(rng: Random) -> str:
    depth = rng.choice((50, 500, 5_000))
    return rng.choice(
        ("env_kwargs: " + "[" * depth + "]" * depth, "{a: " * depth, "- " * depth + "1", "? " * depth, "&a " * depth)
    )


def _wide(rng: Random) -> str:
    return "env_kwargs: {" + ", ".join(f"k{i}: {i}" for i in range(rng.choice((100, 5_000)))) + "}"


def _itself(rng: Random) -> str:
    return rng.choice(
        ("&a\nenv_kwargs: *a\n", "env_wrapper: &a [*a]", "normalize: &a {norm_obs: *a}", "a: &a {<<: *a}")
    )


def _several(rng: Random) -> str:
    return "---\n".join(valid(rng).decode() for _ in range(3))


def _merge_of_what(rng: Random) -> str:
    return f"a: &a {scalar(rng)}\nb:\n  <<: {rng.choice(('*a', '[*a, 1]', '1', 'x', '[[]]'))}\n"


_DOCUMENTS: tuple[Callable[[Random], str], ...] = (
    laughs, merges, _deep, _wide, _itself, _several, _merge_of_what, scalar,
    lambda rng: "", lambda rng: "\ufeff" + scalar(rng), lambda rng: "# only a comment", lambda rng: "\x00\x01",
)  # fmt: skip
