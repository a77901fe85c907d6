"""Puts the real checkpoints that some tests need into `../shared/hub`, a folder for each repository (`just fixtures`).

They come from the Hub at `HF_ENDPOINT`. Each checkpoint is compared with the one that the tests were written with.
Where the Hub has another one, this says so, and the tests run on that.
"""

import hashlib
import sys
from pathlib import Path

from huggingface_hub import hf_hub_download, model_info
from huggingface_hub.errors import HfHubHTTPError

from tests.support.repository import SHARED_HUB

CHECKPOINTS = {
    "cleanrl/HalfCheetah-v4-ppo_continuous_action-seed1": "5fba3e8644929c3c3d85dd91ef02708d",
    "cleanrl/Hopper-v4-td3_continuous_action-seed1": "c9b263b5125edc2ce671e48e07bc9588",
    "cleanrl/Humanoid-v4-ppo_continuous_action-seed1": "10988f9a43a6d59a08231da3fd720946",
    "cleanrl/InvertedDoublePendulum-v4-td3_continuous_action_jax-seed1": "83d28f6c0c4c9dc6eca0ddd0f597ff81",
    "cleanrl/Walker2d-v4-ddpg_continuous_action-seed1": "cb2109630072c080621a124683e30659",
    "sb3/a2c-Humanoid-v3": "a9c7cfb3af1eb02a54b9a3b7a09a0a55",
    "sb3/ars-Walker2d-v3": "c2856c29f2f7d04677ccca8f61736830",
    "sb3/ppo-Ant-v3": "901e9fe2e8ed4fc3c08e96f0ca9c32ac",
    "sb3/ppo-HalfCheetah-v3": "9355d4bbf5ec376928a04d932da06ad4",
    "sb3/sac-Hopper-v3": "0825339a734891abbf0d1917f3809272",
    "sb3/tqc-Swimmer-v3": "c6579482007b9105732fc380d5023f0b",
    "sb3/trpo-Hopper-v3": "52292e4366187719727d6dccdae5724d",
}
"""Repository to the beginning of its checkpoint's SHA-256."""
CHECKPOINT = (".cleanrl_model", ".zip")
WANTED = (*CHECKPOINT, ".pkl", ".yml", "README.md")


def fetch(folder: Path) -> list[str]:
    """Downloads what is not in `folder` yet; a sentence for each repository that is not as it was."""
    remarks = []
    for repo, digest in CHECKPOINTS.items():
        target = folder / repo
        if not target.is_dir():
            print(f"Downloading {repo}", file=sys.stderr)
            try:
                for name in _files(repo):
                    if name.endswith(WANTED):
                        hf_hub_download(repo, name, local_dir=target)
            except (HfHubHTTPError, OSError) as error:
                remarks.append(f"{repo} was not downloaded: {str(error).splitlines()[0]}")
                continue
        digests = [
            hashlib.sha256(path.read_bytes()).hexdigest() for path in target.iterdir() if path.name.endswith(CHECKPOINT)
        ]
        if not any(found.startswith(digest) for found in digests):
            remarks.append(f"{repo} has another checkpoint on the Hub than the tests were written with.")
    return remarks


def _files(repo: str) -> list[str]:
    return [file.rfilename for file in model_info(repo).siblings or []]


if __name__ == "__main__":
    remarks = fetch(SHARED_HUB)
    print(f"{len(CHECKPOINTS) - len(remarks)} of {len(CHECKPOINTS)} repositories are in {SHARED_HUB} as tested.")
    for remark in remarks:
        print(remark)
    sys.exit(1 if remarks else 0)
