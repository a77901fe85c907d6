"""The files beside a Stable-Baselines3 checkpoint: which belong to it, and what they say."""

from pathlib import Path

import pytest

from bbconvert.convert.checkpoints.companions import companion_names, read_companions

ORDERED = """!!python/object/apply:collections.OrderedDict
- - - normalize
    - {normalize}
  - - env_wrapper
    - {wrapper}
"""


def config(folder: Path, *, normalize: str = "false", wrapper: str = "null") -> None:
    (folder / "config.yml").write_text(ORDERED.format(normalize=normalize, wrapper=wrapper))


def test_companions_stand_beside_the_checkpoint_or_in_the_folder_of_its_name() -> None:
    names = [
        "README.md",
        "agents/Ant-v3.zip",
        "agents/config.yml",
        "agents/Ant-v3/vecnormalize.pkl",
        "agents/Ant-v3/args.yml",
        "agents/Hopper-v3/vecnormalize.pkl",
        "vec_normalize.pkl",
    ]

    found = companion_names("agents/Ant-v3.zip", names)

    assert sorted(found) == ["agents/Ant-v3/args.yml", "agents/Ant-v3/vecnormalize.pkl", "agents/config.yml"]
    assert companion_names("Swimmer-v3.zip", names) == ["vec_normalize.pkl"]


def test_what_stands_beside_the_checkpoint_is_read_before_its_folder(tmp_path: Path) -> None:
    (tmp_path / "agent").mkdir()
    for folder in (tmp_path, tmp_path / "agent"):
        (folder / "vec_normalize.pkl").touch()

    assert read_companions(tmp_path / "agent.zip").vec_normalize == tmp_path / "vec_normalize.pkl"

    (tmp_path / "vec_normalize.pkl").unlink()
    assert read_companions(tmp_path / "agent.zip").vec_normalize == tmp_path / "agent" / "vec_normalize.pkl"


@pytest.mark.hub
@pytest.mark.parametrize(
    ("name", "env_id", "normalizes", "time_feature"),
    [
        ("a2c-Humanoid-v3", "Humanoid-v3", True, False),
        ("ars-Walker2d-v3", "Walker2d-v3", True, False),
        ("ppo-Ant-v3", "Ant-v3", True, True),
        ("sac-Hopper-v3", "Hopper-v3", False, False),
    ],
)
def test_the_real_notes_are_read(
    name: str, env_id: str, normalizes: bool, time_feature: bool, shared_hub: Path
) -> None:
    found = read_companions(shared_hub / "sb3" / name / f"{name}.zip")

    assert (found.env_id, found.normalizes, found.time_feature) == (env_id, normalizes, time_feature)
    assert (found.vec_normalize is not None) == normalizes
    assert (found.env_kwargs, found.wrappers, found.unreadable) == ({}, (), ())


@pytest.mark.parametrize(
    ("normalize", "expected"),
    [
        ("true", True),
        ("false", False),
        ("dict(norm_obs=True, norm_reward=False)", True),
        ("dict(norm_obs=False, norm_reward=True)", False),
        ("\"{'norm_obs': False}\"", False),
        ("{norm_obs: false}", False),
        ("{norm_reward: false}", True),
    ],
)
def test_every_way_to_say_normalize_is_understood(normalize: str, expected: bool, tmp_path: Path) -> None:
    config(tmp_path, normalize=normalize)

    assert read_companions(tmp_path / "agent.zip").normalizes is expected


@pytest.mark.parametrize(
    ("wrapper", "time_feature", "others"),
    [
        ("null", False, ()),
        ("sb3_contrib.common.wrappers.TimeFeatureWrapper", True, ()),
        ("[utils.wrappers.TimeFeatureWrapper, my.Wrapper]", True, ("my.Wrapper",)),
        ("[{sb3_contrib.common.wrappers.TimeFeatureWrapper: {max_steps: 10}}]", True, ()),
        ("{gym.wrappers.RescaleAction: {min_action: -1}}", False, ("gym.wrappers.RescaleAction",)),
    ],
)
def test_wrappers_are_told_apart(wrapper: str, time_feature: bool, others: tuple[str, ...], tmp_path: Path) -> None:
    config(tmp_path, wrapper=wrapper)

    found = read_companions(tmp_path / "agent.zip")

    assert (found.time_feature, found.wrappers) == (time_feature, others)


@pytest.mark.parametrize(
    "files",
    [
        {"env_kwargs.yml": "{use_contact_forces: true}\n"},
        {"args.yml": "env_kwargs: {use_contact_forces: true}\n"},
        {"args.yml": "env_kwargs: dict(use_contact_forces=True)\n", "env_kwargs.yml": "{}\n"},
    ],
)
def test_the_environments_arguments_are_read(files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    assert read_companions(tmp_path / "agent.zip").env_kwargs == {"use_contact_forces": True}


def test_without_notes_nothing_is_said(tmp_path: Path) -> None:
    found = read_companions(tmp_path / "agent.zip")

    assert (found.vec_normalize, found.env_id, found.env_kwargs) == (None, None, {})
    assert (found.normalizes, found.time_feature) == (None, None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("!!python/object/apply:os.system ['touch {marker}']\n", "it uses the tag tag:yaml.org,2002:python"),
        ("!!python/object/new:os.system ['touch {marker}']\n", "it uses the tag tag:yaml.org,2002:python"),
        ("normalize: [true\n", "while parsing"),
        ("!!python/object/apply:collections.OrderedDict [1, 2]\n", "passed over"),
        ("#" * 2**21, "more than 65,536 characters"),
    ],
)
def test_notes_that_are_no_plain_yaml_are_passed_over_and_run_nothing(content: str, words: str, tmp_path: Path) -> None:
    marker = tmp_path / "the-payload-ran"
    (tmp_path / "config.yml").write_text(content.replace("{marker}", str(marker)))

    found = read_companions(tmp_path / "agent.zip")

    assert found.normalizes is None
    assert len(found.unreadable) == 1
    assert words in found.unreadable[0]
    assert not marker.exists()
