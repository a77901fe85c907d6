"""`bundle.json`: the one definition of the manifest.

Its JSON Schema is docs/bundle.schema.json, and the TypeScript types come from that.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mjcf.spec import Reset, RewardTerm, Termination
from observation.spec import ObservationSpec

FILENAME = "bundle.json"
FORMAT = "bbconvert-bundle"
VERSION = 1

NormalizationMode = Literal["frozen", "running", "none"]
Level = Literal["network", "observation", "rollout", "browser"]


class _Section(BaseModel):
    """Unknown keys are ignored, so that an older reader opens a newer minor edition."""

    model_config = ConfigDict(populate_by_name=True, extra="ignore")


class Source(_Section):
    """Where the weights came from; `repo_id` and `revision` (a commit) are null for a local file."""

    repo_id: str | None = None
    revision: str | None = None
    filename: str
    sha256: str
    library: str
    algorithm: str
    license: str | None = None


class Environment(_Section):
    """What `gymnasium.make(id, **kwargs)` builds, and its dynamics as data. `dt = timestep * frame_skip` seconds.

    `wrappers` stand around it, the innermost first. `TimeFeatureWrapper` is sb3_contrib's: it appends
    `1 - elapsed steps / max_episode_steps` to the observation.
    """

    id: str
    kwargs: dict[str, Any] = {}
    wrappers: list[Literal["TimeFeatureWrapper"]] = []
    trained_on: Annotated[
        str, Field(description="The environment id the policy was trained on, as its author wrote it.")
    ]
    frame_skip: Annotated[int, Field(ge=1)]
    timestep: Annotated[float, Field(gt=0)]
    dt: Annotated[float, Field(gt=0)]
    max_episode_steps: int | None
    assets: list[str] = Field([], description="Files beside scene.xml that it refers to, relative paths.")
    reset: Reset
    reward: list[RewardTerm]
    termination: Termination


class Normalization(_Section):
    """`clip((obs - mean) / sqrt(var + epsilon), -clip, clip)` in float64, rounded once to float32.

    `frozen`: `mean` and `var` are constants. `running`: both start at 0 and 1 with weight `count` and are updated by
    every observation, exactly as `gymnasium.wrappers.NormalizeObservation`. `none`: the raw observation.
    """

    mode: NormalizationMode
    mean: list[float] | None = None
    var: list[float] | None = None
    count: float | None = None
    epsilon: float = 1e-8
    clip: float | None = None
    origin: str | None = Field(None, description="Where frozen statistics come from, in words.")


class Action(_Section):
    """From the network's output to `env.step`.

    `clip`: clipped to [low, high]. `tanh`: `tanh(x) * scale + bias`, then clipped. `names` are the actuators'. Where
    `pre_clip` stands, x was clipped to ±pre_clip before either (the Hardtanh of generalised state-dependent
    exploration).
    """

    size: Annotated[int, Field(ge=1)]
    low: list[float]
    high: list[float]
    transform: Literal["clip", "tanh"]
    scale: list[float] | None = None
    bias: list[float] | None = None
    pre_clip: Annotated[float, Field(gt=0)] | None = None
    names: list[str]


class Network(_Section):
    """The deterministic policy: dense `layers` (their widths, the action's last), `activation` between them."""

    inputs: int
    layers: Annotated[list[int], Field(min_length=1)]
    activation: Literal["tanh", "relu", "elu", "leaky_relu", "sigmoid", "selu", "silu", "gelu", "softplus", "linear"]
    dtype: Literal["float64"] = "float64"
    parameters: int
    stochastic: bool = Field(False, description="policy.onnx has a `log_std` output.")
    critic: bool = Field(False, description="policy.onnx has a `value` output.")


class Published(_Section):
    """What the model card says."""

    mean_reward: float
    std: float | None = None


class Check(_Section):
    """One row of `verify`: `value` of `metric` over `n` samples, held against `tolerance`."""

    level: Level
    name: str
    metric: str
    value: float
    tolerance: float
    n: int
    ok: bool


class Episodes(_Section):
    """Closed-loop episodes in Gymnasium, one per seed: the policy in the loop to termination or truncation.

    Contacts amplify rounding, some bodies' to metres. How long an episode can be repeated to the last bit is told by
    Python itself: played again with every step rounded otherwise, in eight ways, it acts alike for `horizons` steps.
    """

    seeds: list[int]
    returns: list[float]
    lengths: list[int]
    horizons: list[int]
    horizon_returns: Annotated[list[float], Field(description="The return of the first `horizons` steps.")]


class Parity(_Section):
    """What was verified when the bundle was made, with what."""

    checks: list[Check] = []
    episodes: Episodes | None = None
    saturated_share: float | None = Field(None, description="Share of golden action components at a bound.")
    versions: dict[str, str] = {}


class Repository(_Section):
    """A repository on the Hub at a commit."""

    repo_id: str
    revision: str


class Manifest(_Section):
    """The whole of `bundle.json`."""

    format: Literal["bbconvert-bundle"] = "bbconvert-bundle"
    version: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    title: str
    source: Source
    env: Environment
    mujoco_version: str
    observation: ObservationSpec
    normalization: Normalization
    action: Action
    network: Network
    published: Published | None = None
    parity: Parity = Parity()
    created_with: str
    pulled_from: Repository | None = Field(
        None, description="The repository that held this bundle whole; null where it was converted here."
    )
