"""Files of the page that the tests of this folder serve."""

WORKER = "assets/sim-worker-Ab3_-x9Z.js"
SCRIPT = "assets/index-0aB_cD-1.js"
MODULE = "assets/mujoco-ChFpd822.wasm"
