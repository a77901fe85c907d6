"""Constructor arguments: what flows into the manifest, and what is refused in words."""

from pathlib import Path
from typing import Any

import pytest

from bbconvert.convert.environments.environment import environment_spec, rebuild_environment
from bbconvert.convert.errors import BBConvertError
from bbconvert.mjcf.spec import ContactCost, VelocityReward


def test_weights_ranges_and_frame_skip_stand_in_the_manifest() -> None:
    kwargs = {
        "forward_reward_weight": 2,
        "contact_cost_range": (-1e999, 3.0),
        "healthy_z_range": (0.9, None),
        "reset_noise_scale": 0.5,
        "terminate_when_unhealthy": False,
        "frame_skip": 2,
        "max_episode_steps": 77,
    }
    env = environment_spec("Humanoid-v5", kwargs).env
    assert env.kwargs == {**kwargs, "contact_cost_range": [None, 3.0], "healthy_z_range": [0.9, None]}
    assert (env.frame_skip, env.dt, env.max_episode_steps) == (2, 2 * env.timestep, 77)
    (forward,) = (term for term in env.reward if isinstance(term, VelocityReward))
    (contact,) = (term for term in env.reward if isinstance(term, ContactCost))
    assert (forward.weight, contact.cost_range) == (2.0, (None, 3.0))
    assert [draw.model_dump()["high"] for draw in env.reset.draws] == [0.5, 0.5]
    assert (env.termination.healthy[0].above, env.termination.healthy[0].below) == (0.9, None)
    assert env.termination.terminate_when_unhealthy is False


def test_arguments_about_pictures_are_left_out() -> None:
    assert environment_spec("Ant-v4", {"render_mode": "rgb_array", "width": 64}).env.kwargs == {}


def test_main_body_by_number_and_by_name_is_the_same_body() -> None:
    by_number = environment_spec("Ant-v5", {"main_body": 1}).env.reward
    assert by_number == environment_spec("Ant-v5", {"main_body": "torso"}).env.reward
    (forward,) = (term for term in by_number if isinstance(term, VelocityReward))
    assert forward.of == "torso"


@pytest.mark.parametrize(
    ("env_id", "kwargs", "words"),
    [
        ("Ant-v4", {"use_contact_force": True}, "Ant-v4 takes no argument 'use_contact_force'. It takes: xml_file, "),
        ("Ant-v3", {"colour": 1}, "Ant-v4 takes no argument 'colour'. It takes: xml_file, ctrl_cost_weight, use_con"),
        ("Reacher-v4", {"frame_skip": 4}, "Reacher-v4 takes no argument 'frame_skip'. It takes: max_episode_steps."),
        ("Humanoid-v5", {"healthy_reward": "much"}, "'healthy_reward' is a number (by default 5.0): got 'much'."),
        ("Hopper-v4", {"healthy_z_range": 0.7}, "'healthy_z_range' is two numbers, None for an open bound (by defau"),
        ("Hopper-v4", {"healthy_z_range": [0.7, 1, 2]}, "'healthy_z_range' is two numbers, None for an open bound"),
        ("Ant-v4", {"use_contact_forces": "yes"}, "'use_contact_forces' is True or False (by default False): got "),
        ("Ant-v5", {"frame_skip": 2.5}, "'frame_skip' is a whole number from 1 to 100 (by default 5): got 2.5."),
        ("Ant-v5", {"frame_skip": 0}, "'frame_skip' is a whole number from 1 to 100 (by default 5): got 0."),
        ("Ant-v5", {"main_body": "tail"}, "main_body 'tail' is not a body of the model; its bodies are world, torso"),
        ("Ant-v5", {"main_body": [1, 2]}, "'main_body' is a number or a name (by default 1): got"),
        ("Ant-v5", {"xml_file": "no_such.xml"}, "no_such.xml does not exist"),
        ("Ant-v5", {"xml_file": 3}, "'xml_file' is text (by default 'ant.xml'): got 3."),
        ("Pusher-v4", {}, "Pusher-v5 took its place"),
        ("Pusher-v2", {}, "convert the checkpoint with --env Pusher-v5"),
        ("Pusher-v3", {}, "Pusher-v3 is not an environment that bbconvert knows. Near it: Pusher-v5."),
    ],
)
def test_what_the_constructor_does_not_take_is_refused_in_words(
    env_id: str, kwargs: dict[str, Any], words: str
) -> None:
    with pytest.raises(BBConvertError) as refused:
        environment_spec(env_id, kwargs)
    assert words in str(refused.value)


def test_a_scene_that_reaches_outside_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scene").mkdir()
    (tmp_path / "inc.xml").write_text('<mujocoinclude><option gravity="0 0 -1"/></mujocoinclude>')
    scene = tmp_path / "scene" / "ant.xml"
    scene.write_text(_with('<include file="../inc.xml"/>'))
    with pytest.raises(BBConvertError, match="lies outside its folder"):
        environment_spec("Ant-v5", {"xml_file": str(scene)})


def test_a_scene_that_would_overwrite_the_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scene.xml").write_text('<mujocoinclude><option gravity="0 0 -1"/></mujocoinclude>')
    (tmp_path / "ant.xml").write_text(_with('<include file="scene.xml"/>'))
    with pytest.raises(BBConvertError, match="a name that a bundle cannot carry"):
        environment_spec("Ant-v5", {"xml_file": str(tmp_path / "ant.xml")})


def test_a_bundle_is_rebuilt_from_its_own_scene_wherever_it_was_moved(tmp_path: Path) -> None:
    source = tmp_path / "ant.xml"
    source.write_text(_with('<option gravity="0 0 -1"/>'))
    spec = environment_spec("Ant-v5", {"xml_file": str(source)})
    assert spec.env.kwargs == {"xml_file": "scene.xml"}
    (tmp_path / "bundle").mkdir()
    source.rename(tmp_path / "bundle" / "scene.xml")
    built: Any = rebuild_environment(spec, tmp_path / "bundle").unwrapped
    assert built.model.opt.gravity[2] == -1.0


def _with(element: str) -> str:
    """Gymnasium's ant with one more element."""
    import gymnasium.envs.mujoco

    ant = (Path(gymnasium.envs.mujoco.__file__).parent / "assets" / "ant.xml").read_text()
    return ant.replace("<worldbody>", f"{element}\n<worldbody>", 1)
