"""How large, deep and long an untrusted file may be: every limit that a reader holds it to, in one table."""

from dataclasses import dataclass, replace

MEBIBYTE = 2**20

# Checkpoints.

MAX_CHECKPOINT_BYTES = 512 * MEBIBYTE
"""A checkpoint file, packed or unpacked: a policy of the kinds that are read takes a hundredth of it."""

MAX_FLAX_BYTES = 64 * MEBIBYTE
"""A msgpack file of CleanRL's agents in JAX: those have 1 MiB."""

MAX_ONNX_BYTES = 128 * MEBIBYTE
"""An ONNX file, a bundle's or a checkpoint."""

MAX_ONNX_NODES = 4096
"""Operators of a graph: a policy has some ten for each layer."""

MAX_FOLDED_NUMBERS = 2**24
"""Numbers in all the constants that are computed of an ONNX file's constants."""

MAX_TENSORS = 2048
"""Named arrays in a file."""

MAX_TENSOR_NAME = 256
"""Characters."""

MAX_LAYERS = 64
"""Dense layers of a policy."""

MAX_RECURRENT_LAYERS = 8
"""LSTM or GRU layers before those; policies have one or two."""

MAX_WIDTH = 2**17
"""Numbers in a layer, an observation or an action."""

MAX_RANK = 8
"""Dimensions of an array; those of an MLP have two."""

# Zips.

MAX_ZIP_ENTRIES = 4096
"""A torch file has one for each tensor and some more."""

MAX_ZIP_RATIO = 200
"""Unpacked to packed: weights hardly shrink, and neither torch nor Stable-Baselines3 compresses them."""

MAX_SB3_DATA_BYTES = 128 * MEBIBYTE
"""The JSON in the zip of Stable-Baselines3 or SBX. Those of the zoo have 0.1 MiB; SBX keeps its networks in it, several
times: a SAC of 400 and 300 units has 30 MiB for Humanoid-v5, a CrossQ of the usual size 93."""

MAX_SB3_DATA_VALUES = 500_000
"""Commas, colons and opening brackets of that JSON, each of which may take some hundred bytes of memory. SBX has
40,000."""

# Pickles.

MAX_PICKLE_OPCODES = 200_000
"""Steps of one pickle; a value takes up to some hundred bytes of memory a step. VecNormalize takes 600 steps, a torch
state_dict 40 for each tensor."""

MAX_STATISTICS_BYTES = 16 * MEBIBYTE
"""A VecNormalize file: far more than the statistics of an observation made of numbers take."""

# Text: YAML, model cards, Python literals.

MAX_CARD_CHARACTERS = 2**20
"""A model card; more of it is not looked at."""

MAX_YAML_CHARACTERS = 2**16
"""The front matter of a model card, or a file of settings: PyYAML reads some 100,000 characters a second."""

MAX_YAML_DEPTH = 24
"""Lists and mappings in one another: a model card has 6."""

MAX_LITERAL_CHARACTERS = 20_000
"""Hyperparameters printed as a dictionary. CPython's parser takes a chain of operators of that length without harm."""

MAX_REWARD_CHARACTERS = 64
"""`378.92 +/- 50.08` has 16."""

# Server.

MAX_CONNECTIONS = 256
"""At a time: thirty browsers with the six connections that each opens, and some. Fewer where a process may have few
files open: a quarter of that number, since an answered connection has a second file open."""
MAX_QUEUED_CONNECTIONS = 1024
"""That the system keeps until the server takes them; one that is dropped tries again after a second or more."""
REQUEST_TIMEOUT_S = 10.0
"""From the connection, or from the last answer, to the next whole request head. Honest clients need one round trip."""
STALL_TIMEOUT_S = 30.0
"""For a client that reads nothing of its answer: longer than the pauses of a bad wireless network."""
SHUTDOWN_TIMEOUT_S = 1.0
"""For answers under way when the server is stopped."""
MAX_COMPRESSED_HERE_BYTES = 64 * MEBIBYTE
"""A larger file is sent as it is: compressing takes a second for 30 MB, and its result is kept in memory."""

# Downloads.

MAX_CARD_DOWNLOAD_BYTES = 4 * MEBIBYTE
"""A model card: the Hub's largest are some 100 kB; a larger one is left where it is, as if there were none."""

MAX_COMPANION_BYTES = 64 * MEBIBYTE
"""A file beside a checkpoint, such as its VecNormalize statistics: they take some kB; a larger one is left there."""

MAX_ANSWER_BYTES = 64 * MEBIBYTE
"""An answer of the Hub's API, unpacked: the list of a repository with 100,000 files has about 30 MiB."""

MAX_ANSWER_SECONDS = 60
"""From an answer's first byte to its last: a slower server sends one byte at a time."""

MAX_WAITING_SECONDS = 60
"""What a command waits in all where the Hub asks it to (Retry-After): its limits are renewed every few minutes, and a
person would rather be told than wait for that."""

MAX_WAITS = 4
"""How often one request is repeated where the Hub asks to wait: a Hub that says "in 0 seconds" for ever is not one."""

# Child process: what it may take to read, convert and verify untrusted files.


@dataclass(frozen=True)
class ChildLimits:
    """What a child process may take. Beyond it, a call fails or the process is ended.

    Args:
        memory_bytes: heap, stacks and private writable mappings (`RLIMIT_DATA`).
        cpu_seconds: of all its threads together.
        wall_seconds: from its start to its answer.
        file_bytes: of each file that it writes.
        open_files: at a time.
    """

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    file_bytes: int
    open_files: int


CONVERSION = ChildLimits(2048 * MEBIBYTE, 600, 3600, 512 * MEBIBYTE, 256)
"""The real checkpoints take 450 MB of such memory and 32 s at most: four times the memory, 19 times the processor's
time, and 100 times the time on the clock, for slow and busy machines. `policy.onnx` is as large as its checkpoint."""
READING = replace(CONVERSION, cpu_seconds=60, wall_seconds=600)
"""`inspect`: the real checkpoints take 3 s at most, the import of torch most of it."""
EVALUATION = replace(CONVERSION, cpu_seconds=604_800, wall_seconds=604_800)
"""As many episodes as were asked for."""
MAX_MESSAGE_BYTES = 256 * 1024
"""One line of a child's: a stage, an error and its traceback, the facts of a checkpoint."""
MAX_MESSAGES_BYTES = 4 * MEBIBYTE
"""All lines of a child's: a conversion's take 4 kB."""
# Bundles.

MAX_BUNDLE_BYTES = 512 * MEBIBYTE
"""All files of a bundle together: the largest that ships has 1.5 MiB, a scene with meshes some tens."""
MAX_MANIFEST_BYTES = 8 * MEBIBYTE
"""`bundle.json`, and a `bundles/index.json`: 376 observations with their statistics take 40 kB."""
MAX_JSON_DEPTH = 24
"""Lists and objects inside one another: the manifest's own reach 6."""
MAX_TEXT = 4096
"""Characters of any text in a manifest."""
MAX_NAME = 200
"""Characters of a bundle's name: it is a folder's, and file systems stop at 255."""
MAX_TITLE = 300
"""Characters of a bundle's title."""
MAX_GOLDEN_BYTES = 64 * MEBIBYTE
"""`golden.safetensors`: 300 steps of 376 observations take 1.2 MB."""
MAX_GOLDEN_STEPS = 3000
"""Control steps of the golden rollout: bbconvert records 300."""
MAX_POLICY_BYTES = MAX_ONNX_BYTES
"""`policy.onnx` and `tfjs/weights.bin`: a network of 64 million float32 weights."""
MAX_PICTURE = 256
"""Pixels of a side of what a network sees."""
MAX_POSE_BYTES = 16 * 2**20
"""`pose.onnx`: that of the lander has 0.8 MB."""
MAX_ROLLOUT_BYTES = 128 * 10**6
"""A saved episode: web/src/files/limits.ts has the same."""
MAX_STAGES = 9
"""Of a training, beside the result."""
MAX_CURVE = 200
"""Points of a learning curve in a manifest."""
MAX_ASSETS = 1000
"""Files beside `scene.xml`."""

MAX_FRAME_SKIP = 100
"""Physics steps in a control step: Gymnasium's take 1 to 5, BalanceBot 10."""
MIN_TIMESTEP, MAX_TIMESTEP = 1e-5, 0.1
"""Seconds of a physics step: Gymnasium's take 0.002 to 0.02."""
MAX_EPISODE_STEPS = 1_000_000
"""Control steps until an episode is truncated: Gymnasium's are of 50 to 1,000."""
MAX_STATE = 10_000
"""Numbers of qpos, of qvel, or of an action: Gymnasium's largest qpos has 24."""
MAX_OBSERVATION = 100_000
"""Numbers of an observation: Gymnasium's largest has 378."""
MAX_TERMS = 256
"""Terms of an observation or a reward, conditions of health, random draws of a reset: the catalogue has 6 at most."""
MAX_CHECKS = 1000
"""Rows of a bundle's parity table: bbconvert writes 19."""
MAX_SEEDS = 100
"""Seeded episodes recorded in a bundle: bbconvert records 12."""
MAX_RECORDED_STEPS = 10_000_000
"""Physics steps of these episodes together, which `verify` plays again: 12 of 1,000 control steps take 60,000."""
MAX_RETURN = 1e12
"""A return, a published reward, in either direction."""
MIN_ACCEPTANCE = 0.01
"""Share of the tries of a point to be drawn that must lie between its bounds: Pusher's is 0.62."""
MAX_TRIES = 10_000
"""Tries of a point, after which the page gives up: by then 0.99 ** 10,000 of those that can be met are left."""

# Arguments of an environment's constructor.

MAX_WEIGHT = 1e6
"""A number of which nothing else is known, a reward's weight say, in either direction: Gymnasium's reach 10."""
MAX_NOISE = 10.0
"""`reset_noise_scale`, metres and radians: Gymnasium's reach 0.1."""
MAX_BOUND = 1e12
"""A bound of a range that is not open, in either direction: Gymnasium's reach 100."""
MAX_COUNT = 1_000_000
"""A whole number of which nothing else is known, in either direction: BalanceBot's level, a body's number."""

# A scene that came with a bundle.

MAX_SCENE_BYTES = 8 * MEBIBYTE
"""One XML file: Gymnasium's take 10 kB, a robot's 200 kB."""
MAX_SCENE_DEPTH = 100
"""Elements inside one another: a humanoid's reach 12."""
MAX_SCENE_ELEMENTS = 50_000
"""Elements once `replicate`, `composite`, `flexcomp`, `include` and `attach` are written out: a humanoid has 150."""
MAX_TEXELS = 16 * MEBIBYTE
"""Pixels of a texture or of a height field, of all of them together four times as many."""
MAX_ARENA = 256 * MEBIBYTE
"""`<size memory>`: what MuJoCo reserves for contacts and constraints; Gymnasium's take 15 MB."""
MAX_SCENE_FILES = 200
"""XML files that a scene consists of, each inclusion counted: a robot's has 3."""
MAX_SCENE_ASSET_BYTES = 64 * MEBIBYTE
"""One mesh or texture: MuJoCo's convex hulls take minutes beyond."""
