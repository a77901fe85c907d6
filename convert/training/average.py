"""The mean of a policy's weights over its last updates: better than any one of them, where the updates are noisy."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm


class Average:
    """The exponential moving mean of a model's weights (Polyak averaging), one sample a rollout.

    Args:
        model: whose weights are the first sample, or the mean so far.
        rollouts: how many the mean reaches back, about.
    """

    def __init__(self, model: "BaseAlgorithm", rollouts: int) -> None:
        self._mean = AveragedModel(model.policy, multi_avg_fn=get_ema_multi_avg_fn(1 - 1 / rollouts))  # type: ignore[no-untyped-call]
        self.take(model)

    def take(self, model: "BaseAlgorithm") -> None:
        """Lets the mean take in the weights as they are now."""
        self._mean.update_parameters(model.policy)

    @contextmanager
    def in_place(self, model: "BaseAlgorithm") -> Iterator[None]:
        """The model with the mean in the place of its weights."""
        own = {name: value.clone() for name, value in model.policy.state_dict().items()}
        model.policy.load_state_dict(self._mean.module.state_dict())
        try:
            yield
        finally:
            model.policy.load_state_dict(own)
