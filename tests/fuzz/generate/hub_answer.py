"""What the Hub's API answers about models, as JSON."""

import json
from random import Random
from typing import Any

from tests.fuzz.generate import json_text, values
from tests.fuzz.generate.card import _REWARDS

_FILES = (
    *(
        "README.md",
        "ppo_continuous_action.cleanrl_model",
        "../../evil.zip",
        "/etc/passwd",
        "a\\b.zip",
        "bundle.json",
        "",
    ),
    *("a\x1b[2J.onnx", "config.yml", "x" * 3_000 + ".zip", "ppo/model.zip", "²", ".zip"),
)


def valid(rng: Random) -> bytes:
    """One model, or a list of them: the same bytes answer every question."""
    models = [_model(rng, list(_FILES[:2])) for _ in range(rng.randint(1, 3))]
    return json.dumps(models if rng.random() < 0.5 else models[0]).encode()


def hostile(rng: Random) -> bytes:
    """Other values in it, or other JSON."""
    answer: Any = _model(rng)
    if rng.random() < 0.4:
        answer["cardData"]["model-index"][0]["results"][0]["metrics"][0]["value"] = rng.choice(_REWARDS)
    for _ in range(rng.randint(0, 3)):
        answer = values.replaced_somewhere(rng, answer)
    if rng.random() < 0.6:
        answer = [answer, _model(rng)]
    return json_text.hostile(rng, answer)


def _model(rng: Random, names: list[str] | None = None) -> dict[str, Any]:
    index = [
        {
            "name": "PPO",
            "results": [
                {
                    "task": {"type": "reinforcement-learning", "name": "reinforcement-learning"},
                    "dataset": {"name": "Hopper-v4", "type": "Hopper-v4"},
                    "metrics": [{"type": "mean_reward", "value": "378.92 +/- 50.08", "name": "mean_reward"}],
                }
            ],
        }
    ]
    files = names or rng.sample(_FILES, rng.randint(1, 4))
    return {
        "_id": "1",
        "id": "tester/ppo-Hopper-v4",
        "modelId": "tester/ppo-Hopper-v4",
        "sha": "0" * 40,
        "private": False,
        "downloads": 5,
        "likes": 0,
        "library_name": "cleanrl",
        "tags": ["reinforcement-learning", "cleanrl"],
        "pipeline_tag": "reinforcement-learning",
        "usedStorage": 1000,
        "gated": False,
        "disabled": False,
        "lastModified": "2023-02-28T00:00:00.000Z",
        "createdAt": "2023-02-28T00:00:00.000Z",
        "cardData": {"license": "mit", "tags": ["a"], "model-index": index},
        "model-index": index,
        "siblings": [
            {"rfilename": name, "size": 100 if names else rng.choice((5, 2**40, -1, None))}
            for i, name in enumerate(files)
        ],
        "resolved": "0" * 40,
    }
