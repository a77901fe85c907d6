"""Two bundles on the same states: how far their actions are apart, and where in the observation that begins."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.environments.environment import extractor_of, rebuild_environment
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.export.onnx_export import read_onnx
from bbconvert.convert.numpy_network import network_outputs
from bbconvert.convert.rollout.policy import OnnxPolicy, with_zeros
from bbconvert.convert.verify.network import normalization_statistics, normalized_input, transformed_action

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class ActionRow:
    """One action component over all states: mean and largest distance, and the correlation of the two policies."""

    name: str
    mean: float
    largest: float
    correlation: float


@dataclass(frozen=True)
class TermRow:
    """One observation term.

    Args:
        name: the term's.
        seen: the largest distance between what the two networks are given for it, after normalisation.
        share: how much of the actions' distance goes away when the second network is shown the term as the first sees
            it; or, where both see the same and their weights differ, when the term is held at its mean.
    """

    name: str
    seen: float
    share: float


@dataclass(frozen=True)
class Difference:
    """Two policies on the same states; `distance` [k, m] are their actions' absolute distances, state by state."""

    names: tuple[str, str]
    states: int
    first: int | None
    actions: list[ActionRow]
    terms: list[TermRow]
    distance: Float64

    @property
    def equal(self) -> bool:
        """Every action is the same, to the last bit."""
        return self.first is None


def diff(one: Bundle | str | Path, other: Bundle | str | Path) -> Difference:
    """Gives both policies the states of both recorded rollouts.

    Raises:
        BBConvertError: they have other observations or actions; or one's statistics change while it plays.
    """
    bundles = [bundle if isinstance(bundle, Bundle) else open_bundle(bundle) for bundle in (one, other)]
    a, b = bundles
    _require_comparable(a, b)
    observations = np.concatenate([a.golden.observation, b.golden.observation])
    policies = [OnnxPolicy(bundle.policy, bundle.manifest.normalization) for bundle in bundles]
    actions = [policy.actions(observations).astype(np.float64) for policy in policies]
    distance = np.abs(actions[0] - actions[1])
    differing = np.flatnonzero(np.any(distance > 0, axis=1))
    names = a.manifest.action.names or [f"action {i}" for i in range(a.manifest.action.size)]
    rows = [
        ActionRow(
            name,
            float(distance[:, i].mean()),
            float(distance[:, i].max()),
            _correlation(actions[0][:, i], actions[1][:, i]),
        )
        for i, name in enumerate(names)
    ]
    return Difference(
        (a.manifest.name, b.manifest.name),
        len(observations),
        int(differing[0]) if differing.size else None,
        rows,
        _terms(a, b, observations, distance),
        distance,
    )


def _require_comparable(a: Bundle, b: Bundle) -> None:
    for what in ("observation", "action"):
        sizes = [getattr(bundle.manifest, what).size for bundle in (a, b)]
        if sizes[0] != sizes[1]:
            raise BBConvertError(
                f"{a.manifest.name} has {sizes[0]} {what}s and {b.manifest.name} {sizes[1]}: two policies are compared "
                "on the same states. Choose two of one environment: bbconvert list"
            )
    for bundle in (a, b):
        if bundle.manifest.normalization.mode == "running":
            raise BBConvertError(
                f"The statistics of {bundle.manifest.name} change while it plays, so it has no one action for a state. "
                "Convert it with --normalization frozen."
            )


def _terms(a: Bundle, b: Bundle, observations: Float64, distance: Float64) -> list[TermRow]:
    """Each term, the one that explains most of the distance first."""
    inputs = [_seen(bundle, observations) for bundle in (a, b)]
    apart = np.max(np.abs(inputs[0] - inputs[1]), axis=0)
    networks = [read_onnx(bundle.policy, bundle.manifest) for bundle in (a, b)]

    def actions(k: int, x: Float64) -> Float64:
        output = network_outputs(networks[k], x)
        return transformed_action((a, b)[k].manifest.action, output).astype(np.float64)

    total, first = float(distance.mean()), actions(0, inputs[0])
    rows, start = [], 0
    for name, size in _term_sizes(a):
        term = slice(start, start + size)
        changed = [each.copy() for each in inputs]
        if np.any(apart > 0):  # the second network is shown the term as the first sees it
            changed[1][:, term] = inputs[0][:, term]
            left = np.abs(first - actions(1, changed[1]))
        else:  # the weights differ: the term tells both nothing
            for each in changed:
                each[:, term] = each[:, term].mean(axis=0)
            left = np.abs(actions(0, changed[0]) - actions(1, changed[1]))
        share = 0.0 if total == 0 else 1 - float(left.mean()) / total
        rows.append(TermRow(name, float(apart[term].max()), share))
        start += size
    return sorted(rows, key=lambda row: (-row.share, -row.seen))


def _term_sizes(bundle: Bundle) -> list[tuple[str, int]]:
    env = rebuild_environment(bundle.manifest, bundle.folder)
    try:
        terms = bundle.manifest.observation.terms
        if bundle.manifest.observation.history is not None:
            return [("observation", bundle.manifest.observation.size)]
        sizes = extractor_of(env, bundle.manifest.observation).term_sizes
        return [(term.name, size) for term, size in zip(terms, sizes, strict=True)]
    finally:
        env.close()


def _seen(bundle: Bundle, observations: Float64) -> Float64:
    """What the network is given."""
    normalization = bundle.manifest.normalization
    mean, var = normalization_statistics(normalization, bundle.golden.observation)
    seen = with_zeros(observations, bundle.manifest.observation.zeroed)
    return normalized_input(normalization, seen, mean, var).astype(np.float64)


def _correlation(x: Float64, y: Float64) -> float:
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return 1.0 if np.array_equal(x, y) else 0.0
    return float(np.corrcoef(x, y)[0, 1])


WIDTH, BAR, ROW = 640, 300, 22


def picture(difference: Difference) -> str:
    """SVG: each action component's mean distance as a bar, its largest as a line; then the terms by their share."""
    most = max((row.largest for row in difference.actions), default=0) or 1.0
    lines, y = [], 34
    lines.append(
        _text(8, 20, f"{difference.names[0]} and {difference.names[1]}, {difference.states} states", bold=True)
    )
    for row in difference.actions:
        mean, largest = BAR * row.mean / most, BAR * row.largest / most
        lines.append(_text(150, y + 13, row.name, anchor="end"))
        lines.append(f'<rect x="160" y="{y + 3}" width="{mean:.1f}" height="12" fill="#2f6db5"/>')
        lines.append(f'<rect x="160" y="{y + 8.5}" width="{largest:.1f}" height="1" fill="#2f6db5"/>')
        lines.append(_text(170 + largest, y + 13, f"{row.mean:.3g}, at most {row.largest:.3g}"))
        y += ROW
    y += 24
    lines.append(_text(8, y - 4, "Share of the distance that a term explains", bold=True))
    for term in difference.terms[:12]:
        lines.append(_text(150, y + 17, term.name, anchor="end"))
        width = BAR * max(0.0, term.share)
        lines.append(f'<rect x="160" y="{y + 7}" width="{width:.1f}" height="12" fill="#c2543f"/>')
        lines.append(_text(170 + width, y + 17, f"{100 * term.share:.0f}%"))
        y += ROW
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 20}" width="{WIDTH}" role="img" '
        f'font-family="system-ui,sans-serif" font-size="12" fill="#222">\n<rect width="{WIDTH}" height="{y + 20}" '
        f'fill="#fff"/>\n{body}\n</svg>\n'
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", bold: bool = False) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;")
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{safe}</text>'
