"""Model cards: YAML between dashes, and Markdown with a dictionary in it."""

from random import Random

from tests.fuzz.generate import yaml_text

_REWARDS = (
    *(
        "378.92 +/- 50.08",
        "-5.5",
        "1e999",
        "9" * 20_000,
        "9" * 20_000 + " +/- ",
        "." * 5_000,
        "1" * 3_000 + "." + "1" * 3_000,
    ),
    *(
        "٣٤",
        "1 ± 1e999",
        "nan",
        "1e" + "9" * 400,
        " " * 20_000 + "x",
        "1" + " " * 20_000 + "x",
        "1e5" * 5_000,
        "+" * 9_000,
    ),
    *("true", "2023-02-30", "[1]", "{a: 1}", "0x10", "1_0", "-0", "1e308", "5e-324", "!!bool x", "!!float x", "*a"),
)
_BLOCKS = (
    "OrderedDict([('batch_size', 64), ('n_envs', 1)])",
    "{'env_id': 'Hopper-v4'}",
    "{'env_id': 1, 2: [3]}",
    "[1, 2]",
    "OrderedDict(" * 300,
    "[[['a', 1]]]",
    "{" * 200,
    "(" * 5_000,
    "-" * 20_000 + "1",
    "9" * 5_000,
    "{[]: 1}",
    "'\\ud800'",
    "b'\\xff'",
    "1j",
    "...",
    "{'a': 1e999}",
    "[('a', 1), 'bc', (1, 2, 3)]",
    "{**{}}",
    "'a' 'b'" * 2_000,
    "\x00",
    "{'a': {1, 2}}",
    "not " * 3_000 + "1",
    "1 +" * 3_000 + "1",
    "[" * 90 + "]" * 90,
    "f'{1}'",
    "{'a': -+-+1}",
    "{'a': 1+2j}",
    "[" + "1," * 50_000 + "]",
)


def valid(rng: Random) -> bytes:
    """The card of a PPO on Hopper."""
    return _card(rng, "378.92 +/- 50.08", _BLOCKS[0]).encode()


def hostile(rng: Random) -> bytes:
    """Another reward, another dictionary, or other YAML between the dashes."""
    match rng.randrange(5):
        case 0:
            text = _card(rng, rng.choice(_REWARDS), _BLOCKS[0])
        case 1:
            text = _card(rng, "1 +/- 2", rng.choice(_BLOCKS))
        case 2:
            matter = yaml_text.hostile(rng).decode("utf-8", "replace")
            text = f"---\n{matter}\n---\nbody\n```python\n{rng.choice(_BLOCKS)}\n```\n"
        case 3:
            lines = _card(rng, rng.choice(_REWARDS), rng.choice(_BLOCKS)).split("\n")
            place = rng.randrange(min(len(lines), 12))
            key, _, _ = lines[place].partition(":")
            lines[place] = f"{key}: {yaml_text.scalar(rng)}"
            text = "\n".join(lines)
        case _:
            text = rng.choice(
                (
                    "---\n" * 5_000,
                    "---" + " \t" * 20_000,
                    "```python\n" * 5_000,
                    "```python" + "\n" * 20_000 + "x",
                    "---\n" + "\n" * 30_000,
                    "",
                    "\ufeff---\n---\n",
                    "---\r\nlicense: mit\r\n---\r\n",
                    "A" * 50_000 + "-v",
                    "---\n" + yaml_text.merges(rng) + "\n---\n",
                    "---\n" + yaml_text.laughs(rng) + "\n---\n",
                )
            )
    return text.encode("utf-8", "surrogatepass")


def _card(rng: Random, reward: str, block: str) -> str:
    return f"""---
library_name: {rng.choice(("cleanrl", "stable-baselines3"))}
license: mit
tags: [Hopper-v4, deep-reinforcement-learning]
date: 2023-02-28
model-index:
- name: PPO
  results:
  - dataset: {{name: Hopper-v4, type: Hopper-v4}}
    metrics:
    - type: mean_reward
      value: {reward}
      verified: false
---
# A card

```python
{block}
```
"""
