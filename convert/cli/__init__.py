"""The command line: a file per command or group of them. It alone wires the stages, prints and exits.

Whatever takes long to import (torch, gymnasium, mujoco, onnx, huggingface_hub, the manifest) is imported inside the
commands, so that `bbconvert --help` answers at once.
"""
