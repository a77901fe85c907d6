"""`bundle.json`: the one definition of the manifest.

Its JSON Schema is docs/bundle.schema.json, and the TypeScript types come from that.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from bbconvert.convert.activation import Activation
from bbconvert.convert.constants import SHARED
from bbconvert.convert.network import RecurrentKind
from bbconvert.convert.parity import Parity
from bbconvert.convert.safety import limits
from bbconvert.convert.safety.reachable_point import require_reachable
from bbconvert.convert.section import Numbers, PerActuator, Return, Section
from bbconvert.mjcf.control import Command, Control, ModelChanges
from bbconvert.mjcf.spec import Draw, Reset, RewardTerm, Termination
from bbconvert.observation.spec import ObservationSpec

FILENAME = "bundle.json"
FORMAT = "bbconvert-bundle"
VERSION = 2
"""2: a robot, which has a control law, or a recurrent network; everything else is of version 1."""

NormalizationMode = Literal["frozen", "running", "none"]


class Source(Section):
    """Where the weights came from; `repo_id` and `revision` (a commit) are null for a local file."""

    repo_id: str | None = None
    revision: str | None = None
    filename: str
    sha256: str
    library: str
    algorithm: str
    license: str | None = None


class EnvironmentLevel(Section):
    """A level that the page offers: `gymnasium.make(id, **kwargs)` with these `kwargs`, on the same scene.

    `impulse` (N·s) is that of the random pushes that go with it, a dozen a minute. What is null is the environment's.
    """

    level: Annotated[int, Field(ge=1, le=9)]
    kwargs: dict[str, Any]
    impulse: Annotated[float, Field(gt=0)]
    draws: list[Draw] | None = Field(None, description="Of the reset.")
    reward: Annotated[list[RewardTerm], Field(max_length=limits.MAX_TERMS)] | None = None
    termination: Termination | None = None


class Environment(Section):
    """What `gymnasium.make(id, **kwargs)` builds, and its dynamics as data. `dt = timestep * frame_skip` seconds.

    `wrappers` stand around it, the innermost first. `TimeFeatureWrapper` is sb3_contrib's: it appends
    `1 - elapsed steps / max_episode_steps` to the observation.
    """

    id: str
    kwargs: dict[str, Any] = Field({})
    wrappers: list[Literal["TimeFeatureWrapper"]] = Field([], max_length=1)
    trained_on: Annotated[
        str, Field(description="The environment id the policy was trained on, as its author wrote it.")
    ]
    frame_skip: Annotated[int, Field(ge=1, le=limits.MAX_FRAME_SKIP)]
    timestep: Annotated[float, Field(ge=limits.MIN_TIMESTEP, le=limits.MAX_TIMESTEP)]
    dt: Annotated[float, Field(gt=0)]
    max_episode_steps: Annotated[int, Field(ge=1, le=limits.MAX_EPISODE_STEPS)] | None
    assets: list[str] = Field(
        [],
        max_length=limits.MAX_ASSETS,
        description="Files beside scene.xml that it refers to, relative paths.",
    )
    reset: Reset
    reward: Annotated[list[RewardTerm], Field(max_length=limits.MAX_TERMS)]
    termination: Termination
    level: int | None = Field(None, description="Which of the levels this is; null where `kwargs` make none.")
    levels: list[EnvironmentLevel] = Field([], max_length=9)
    control: Control | None = Field(None, description="Of a robot: from an action to `ctrl`. Null: it is `ctrl`.")
    command: Command | None = Field(None, description="Of a robot: what the user may ask for.")
    changes: ModelChanges | None = Field(None, description="Of a robot: what its loop changes in the scene's model.")

    @model_validator(mode="after")
    def _bounded(self) -> "Environment":
        """Raises ValueError where dt is another product, or a list is longer than any environment needs."""
        if self.dt != self.timestep * self.frame_skip:
            raise ValueError(f"dt is {self.dt!r}, timestep times frame_skip are {self.timestep * self.frame_skip!r}")
        described: list[Environment | EnvironmentLevel] = [self, *self.levels]
        for at in described:
            draws = (at.reset.draws if isinstance(at, Environment) else at.draws) or []
            termination = at.termination or self.termination
            for name, items, most in (
                ("reset.init_qpos", self.reset.init_qpos, limits.MAX_STATE),
                ("reset.init_qvel", self.reset.init_qvel, limits.MAX_STATE),
                ("reset.draws", draws, limits.MAX_TERMS),
                ("termination.healthy", termination.healthy, limits.MAX_TERMS),
            ):
                if len(items) > most:
                    raise ValueError(f"{name} has {len(items)} entries, at most {most} are expected")
            for draw in draws:
                require_reachable(draw)
        return self

    @model_validator(mode="after")
    def _of_one_kind(self) -> "Environment":
        """Raises ValueError where two levels have one number, or other rewards than the environment."""
        numbers = [level.level for level in self.levels]
        if len(set(numbers)) < len(numbers) or not (self.level is None or self.level in numbers):
            raise ValueError(f"level is {self.level}, levels are {numbers}")
        names = [term.name for term in self.reward]
        for level in self.levels:
            if level.reward is not None and [term.name for term in level.reward] != names:
                raise ValueError(f"level {level.level} has other reward terms than the environment")
        return self


class Normalization(Section):
    """`clip((obs - mean) / sqrt(var + epsilon), -clip, clip)` in float64, rounded once to float32.

    `frozen`: `mean` and `var` are constants. `running`: both start at 0 and 1 with weight `count` and are updated by
    every observation, exactly as `gymnasium.wrappers.NormalizeObservation`. `none`: the raw observation.
    """

    mode: NormalizationMode
    mean: Numbers | None = None
    var: Numbers | None = None
    count: float | None = None
    epsilon: float = 1e-8
    clip: float | None = None
    origin: str | None = Field(None, description="Where frozen statistics come from, in words.")


class Action(Section):
    """From the network's output to `env.step`.

    `clip`: clipped to [low, high]. `tanh`: `tanh(x) * scale + bias`, then clipped. `names` are the actuators'. Where
    `pre_clip` stands, x was clipped to ±pre_clip before either (the Hardtanh of generalised state-dependent
    exploration).
    """

    size: Annotated[int, Field(ge=1, le=limits.MAX_STATE)]
    low: PerActuator
    high: PerActuator
    transform: Literal["clip", "tanh"]
    scale: PerActuator | None = None
    bias: PerActuator | None = None
    pre_clip: Annotated[float, Field(gt=0)] | None = None
    names: Annotated[list[str], Field(max_length=limits.MAX_STATE)]

    @model_validator(mode="after")
    def _of_one_size(self) -> "Action":
        for name in ("low", "high", "scale", "bias", "names"):
            values = getattr(self, name)
            if values is not None and len(values) != self.size:
                raise ValueError(f"{name} has {len(values)} entries, size is {self.size}")
        return self


class RecurrentLayers(Section):
    """torch's `LSTM` or `GRU`, before the dense layers.

    Its state, zeros at a reset, is the input `recurrent_state` and the output `next_recurrent_state` of policy.onnx: of
    each of `layers` layers `hidden` numbers, and of an LSTM as many of the cell behind them.
    """

    kind: RecurrentKind
    hidden: Annotated[int, Field(ge=1, le=limits.MAX_OBSERVATION)]
    layers: Annotated[int, Field(ge=1, le=limits.MAX_RECURRENT_LAYERS)] = 1


class Network(Section):
    """The deterministic policy: dense `layers` (their widths, the action's last), `activation` between them."""

    inputs: int
    recurrent: RecurrentLayers | None = None
    layers: Annotated[list[int], Field(min_length=1, max_length=limits.MAX_LAYERS)]
    activation: Activation
    dtype: Literal["float64"] = "float64"
    parameters: int
    stochastic: bool = Field(False, description="policy.onnx has a `log_std` output.")
    critic: bool = Field(False, description="policy.onnx has a `value` output.")


Vec3 = tuple[float, float, float]


class Lens(Section):
    """How a picture is taken: `width` by `height` pixels, by a camera in the world that stands still, z up."""

    width: Annotated[int, Field(ge=8, le=limits.MAX_PICTURE)]
    height: Annotated[int, Field(ge=8, le=limits.MAX_PICTURE)]
    position: Annotated[Vec3, Field(description="Metres.")]
    target: Annotated[Vec3, Field(description="What is in the middle of the picture, metres.")]
    fov: Annotated[float, Field(gt=1, lt=150, description="From the picture's bottom to its top, degrees.")]


class AttitudeError(Section):
    """Angles between true and estimated attitudes of pictures that no training saw, degrees."""

    median: Annotated[float, Field(ge=0, le=180)]
    percentile_95: Annotated[float, Field(ge=0, le=180)]
    pictures: Annotated[int, Field(ge=1)]


class Estimator(Section):
    """A network that looks at the body: what it finds can stand in for observation terms, where a user wants that.

    `file` maps `picture` [height, width, 3] uint8 (sRGB, the top row first) to `rotation` [6] float32: the first two
    columns of the rotation matrix of `body` (world from body), before they are made orthonormal by Gram and Schmidt's
    method. `recorded` are its outputs for the pictures whose bytes are `floor(256 u)`, u the uniform numbers of NumPy's
    generator with seed 0: what every runtime is held to.
    """

    file: Literal["pose.onnx"] = "pose.onnx"
    output: Literal["rotation_6d"] = "rotation_6d"
    body: str
    terms: Annotated[list[str], Field(min_length=1, max_length=limits.MAX_TERMS)] = Field(
        description="The names of the observation terms that come from it: `xquat` or `xmat` of `body`."
    )
    lens: Lens
    parameters: int
    error: AttitudeError
    recorded: Annotated[
        list[Annotated[list[float], Field(min_length=6, max_length=6)]], Field(min_length=1, max_length=8)
    ]


class Published(Section):
    """What the model card says."""

    mean_reward: Return
    std: Return | None = None


class Stage(Section):
    """The policy as it was after so many control steps of its training: another `policy.onnx`, of the same layers.

    `episode_return` and `episode_length` are means of the last episodes then, with exploration.
    """

    file: Annotated[str, Field(pattern=r"^stages/[0-9]+\.onnx$")]
    steps: Annotated[int, Field(ge=0)]
    episode_return: Return | None = None
    episode_length: Annotated[float, Field(ge=0)] | None = None


class Training(Section):
    """How the policy was learned: stages from the first on (the last one is `policy.onnx` itself), and the curve.

    A point of the curve is control steps and the mean return of the last episodes.
    """

    stages: Annotated[list[Stage], Field(max_length=limits.MAX_STAGES)] = Field([])
    steps: Annotated[int, Field(ge=0, description="Of the whole training.")]
    curve: Annotated[list[tuple[int, Return]], Field(max_length=limits.MAX_CURVE)] = Field([])
    settings: dict[str, Any] | None = Field(
        None, description="Of a training in a browser tab: the algorithm, its seed and all that was set."
    )


class Repository(Section):
    """A repository on the Hub at a commit."""

    repo_id: str
    revision: str


class Manifest(Section):
    """The whole of `bundle.json`."""

    model_config = ConfigDict(json_schema_extra={"x-constants": dict(SHARED)})

    format: Literal["bbconvert-bundle"] = "bbconvert-bundle"
    version: Literal[1, 2] = 1
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=limits.MAX_NAME)]
    title: Annotated[str, Field(max_length=limits.MAX_TITLE)]
    source: Source
    env: Environment
    mujoco_version: str
    observation: ObservationSpec
    normalization: Normalization
    action: Action
    network: Network
    estimator: Estimator | None = None
    training: Training | None = None
    published: Published | None = None
    parity: Parity = Parity()
    created_with: str
    pulled_from: Repository | None = Field(
        None, description="The repository that held this bundle whole; null where it was converted here."
    )

    @model_validator(mode="after")
    def _of_one_shape(self) -> "Manifest":
        """Raises ValueError where the sections' sizes do not agree, or playing it again would never end."""
        size, network = self.observation.size, self.network
        if (network.inputs, network.layers[-1]) != (size, self.action.size):
            raise ValueError(
                f"the network maps {network.inputs} numbers to {network.layers[-1]}, the observation has {size} and "
                f"the action {self.action.size}"
            )
        if size > limits.MAX_OBSERVATION or len(self.observation.terms) > limits.MAX_TERMS:
            raise ValueError(f"the observation has {size} numbers of {len(self.observation.terms)} terms: too many")
        for name in ("mean", "var"):
            values = getattr(self.normalization, name)
            if values is not None and len(values) != size:
                raise ValueError(f"normalization.{name} has {len(values)} entries, the observation {size}")
        if self.estimator is not None:
            lens = self.estimator.lens
            if lens.width != lens.height or lens.width % 16:
                raise ValueError(
                    f"estimator.lens has {lens.width} by {lens.height} pixels: a square of 16, 32, … a side"
                )
            self._require_attitudes(self.estimator)
        is_newer = self.env.control is not None or self.network.recurrent is not None
        if (self.version == 2) != is_newer:
            raise ValueError(f"version is {self.version}; a control law or a recurrent network is what makes it 2")
        control = self.env.control
        if control is None and (self.env.changes is not None or self.observation.history is not None):
            raise ValueError("a history and changes of the model are of a robot, which has env.control")
        if control is not None and len(control.scale) != self.action.size:
            raise ValueError(f"env.control drives {len(control.scale)} actuators, the action has {self.action.size}")
        if any(not 0 <= start < stop <= size for start, stop in self.observation.zeroed):
            raise ValueError(f"observation.zeroed lies outside of the {size} numbers")
        recorded = self.parity.episodes
        steps = self.env.frame_skip * sum(recorded.lengths if recorded else [])
        if steps > limits.MAX_RECORDED_STEPS:
            raise ValueError(
                f"the recorded episodes take {steps:,} physics steps, at most {limits.MAX_RECORDED_STEPS:,} are "
                "expected"
            )
        return self

    def _require_attitudes(self, estimator: Estimator) -> None:
        terms = {term.name: term for term in self.observation.terms}
        for name in estimator.terms:
            term = terms.get(name)
            if term is None:
                raise ValueError(f"estimator.terms has {name!r}; the terms are {', '.join(terms)}")
            plain = term.minus is None and term.function is None and term.clip is None
            if term.source not in ("xquat", "xmat") or term.body != estimator.body or not plain:
                raise ValueError(
                    f"estimator.terms has {name!r}, which does not read the attitude of {estimator.body!r}"
                )
