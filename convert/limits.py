"""How large, deep and long a stranger's file may be: every limit that a reader holds it to, in one table."""

MEBIBYTE = 2**20

# Checkpoints.

MAX_CHECKPOINT_BYTES = 512 * MEBIBYTE
"""A checkpoint file, packed or unpacked: a policy of the kinds that are read takes a hundredth of it."""

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
MAX_POLICY_BYTES = 256 * MEBIBYTE
"""`policy.onnx` and `tfjs/weights.bin`: a network of 64 million float32 weights."""
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
MAX_LAYERS = 64
"""Dense layers of a policy."""
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
