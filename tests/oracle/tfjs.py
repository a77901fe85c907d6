"""Lets Python's own tensorflowjs convert the seeded networks (`just tfjs-oracle`); its output is committed.

It needs TensorFlow (the extra `tfjs`, 2.7 GB, Python 3.11 only), which nothing else here does: run it by hand when the
seeded networks change.
"""

import sys

import tensorflowjs
import tf_keras

from tests.support.networks import TFJS_CASES
from tests.support.repository import ROOT

FIXTURES = ROOT / "tests" / "oracle" / "tfjs_fixtures"


def main() -> None:
    """Writes model.json and weights.bin of each case below tests/oracle/tfjs_fixtures/."""
    for name, mlp in TFJS_CASES.items():
        layers = [tf_keras.layers.InputLayer(input_shape=(mlp.inputs,), name="observation")]
        last = len(mlp.layers) - 1
        for i, width in enumerate(mlp.widths):
            activation = "linear" if i == last else mlp.activation
            layers.append(tf_keras.layers.Dense(width, activation=activation, name=f"dense_{i}"))
        model = tf_keras.Sequential(layers, name="policy")
        model.set_weights([part for layer in mlp.layers for part in (layer.weight.T, layer.bias)])
        folder = FIXTURES / name
        folder.mkdir(parents=True, exist_ok=True)
        tensorflowjs.converters.save_keras_model(model, str(folder))
        (folder / "group1-shard1of1.bin").rename(folder / "weights.bin")
        sys.stdout.write(f"{folder}\n")


if __name__ == "__main__":
    main()
