"""What a latent space is worth, in numbers that are cheap, and said with their definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from torchloupe.reduce._arrays import to_array
from torchloupe.reduce._sampling import evenly, finite_rows, need_rows

_MOST = 5_000
_CHUNK_NUMBERS = 2**21
_ACTIVE = 0.01  # variance, Burda et al. 2016
_COLLAPSED = 0.01  # nats, and share of samples, Lucas et al. 2019
_CONSTANT = 1e-6  # of the largest magnitude: what is left of a constant in float32
_SAME = 1e-12  # of the largest squared distance: what rounding makes of equal distances

_Floats = NDArray[np.float64]
_Flags = NDArray[np.bool_]

DEFINITIONS: Mapping[str, str] = {
    "agreement": "Share of a sample's nearest neighbours that have its label, itself left out.",
    "chance": "The agreement that labels dealt out at random would have.",
    "silhouette": "Mean of (b - a) / max(a, b): a is a sample's mean distance to its own class, "
    "b to the nearest other; -1 to 1 (Rousseeuw 1987).",
    "variance": "Variance of each dimension over the samples' codes.",
    "divergence": "KL of the encoder's normal from N(0, 1), mean over the samples, in nats.",
    "divergence_of_moments": "KL from N(0, 1) of a normal with the codes' mean and variance, in "
    "nats; the encoder's own variance is not known.",
    "active": "Active units: dimensions whose variance is above 0.01 (Burda et al. 2016).",
    "dead": "Dimensions that are constant: a standard deviation up to 1e-6 of the largest value.",
    "collapsed": "Posterior collapse: KL below 0.01 nats for 99 % of the samples (Lucas et al. "
    "2019); the encoder says nothing there.",
}
"""A line for each measure, to be shown beside it."""


@dataclass(frozen=True, eq=False)
class LatentMeasures:
    """The measures of `measure_latents`; `DEFINITIONS` says what each is.

    Attributes:
        total: how many samples there were.
        finite: how many of these have finite latents; the others are left out of everything.
        sampled: how many the agreement and the silhouette were taken of; 0 without labels.
        neighbours: how many neighbours were asked for the agreement; 0 without labels.
        agreement: 0 to 1, or NaN: no labels, or fewer than two samples.
        chance: 0 to 1, or NaN.
        silhouette: -1 to 1, or NaN: no labels, one class, or as many as samples.
        variance: float64 ``[D]``, of the population; NaN of no samples.
        divergence: float64 ``[D]``, nats; infinite for a constant known by its codes alone.
        from_encoder: whether `divergence` is the encoder's, or of the codes' moments.
        active: bool ``[D]``.
        dead: bool ``[D]``.
        collapsed: bool ``[D]``; None where the encoder's variance is not known.
    """

    total: int
    finite: int
    sampled: int
    neighbours: int
    agreement: float
    chance: float
    silhouette: float
    variance: _Floats
    divergence: _Floats
    from_encoder: bool
    active: _Flags
    dead: _Flags
    collapsed: _Flags | None


def measure_latents(
    latents: object,
    codes: object = None,
    *,
    unlabelled: int = -1,
    log_variance: object = None,
    neighbours: int = 10,
    most: int = _MOST,
) -> LatentMeasures:
    """Measure a latent space.

    Args:
        latents: ``[N, D]``: codes, or the means of a variational encoder.
        codes: int ``[N]``, the index of each sample's class; without, what needs labels is NaN.
        unlabelled: the index that means no label; these samples are left out of what needs one.
        log_variance: ``[N, D]`` of a variational encoder.
        neighbours: of each sample for the agreement; all the others if there are fewer.
        most: agreement and silhouette are of at most so many samples, evenly spaced; both grow
            with the square of it.

    Raises:
        TypeError, ValueError: an argument is not of this form.
    """
    rows = need_rows(latents, "latents")
    known = finite_rows(rows)
    logs = None
    if log_variance is not None:
        logs = _like(log_variance, rows, "log_variance").astype(np.float64)
        known &= finite_rows(logs)
        logs = logs[known]
    means = rows[known].astype(np.float64)
    variance = means.var(0) if len(means) else np.full(rows.shape[1], np.nan)
    nats = moment_divergence(means) if logs is None else normal_divergence(means, logs)
    largest = np.abs(means).max() if means.size else 0.0
    sample, classes = means[:0], np.zeros(0, np.int64)
    if codes is not None:
        classes = _class_codes(codes, len(rows))[known]
        labelled = np.flatnonzero(classes != unlabelled)
        chosen = labelled[evenly(len(labelled), most)]
        sample, classes = means[chosen], classes[chosen]
    return LatentMeasures(
        total=len(rows),
        finite=len(means),
        sampled=len(sample),
        neighbours=max(0, min(neighbours, len(sample) - 1)),
        agreement=label_agreement(sample, classes, neighbours),
        chance=_chance(classes),
        silhouette=silhouette(sample, classes),
        variance=variance,
        divergence=nats if logs is None else _mean(nats),
        from_encoder=logs is not None,
        active=variance > _ACTIVE,
        dead=np.sqrt(variance) <= _CONSTANT * largest,
        collapsed=None if logs is None else _mean(nats < _COLLAPSED) >= 1 - _COLLAPSED,
    )


def normal_divergence(mean: object, log_variance: object) -> _Floats:
    """Return KL(N(mean, exp(log_variance)) ‖ N(0, 1)) of each entry (Kingma, Welling 2014, B).

    Args:
        mean: ``[N, D]``.
        log_variance: ``[N, D]``.

    Returns:
        float64 ``[N, D]``, nats.

    Raises:
        TypeError, ValueError: not numbers of one shape.
    """
    means = need_rows(mean, "mean").astype(np.float64)
    logs = _like(log_variance, means, "log_variance").astype(np.float64)
    with np.errstate(over="ignore"):
        return 0.5 * (np.square(means) + (np.expm1(logs) - logs))


def moment_divergence(latents: object) -> _Floats:
    """Return KL(N(m, v) ‖ N(0, 1)) of each dimension, m and v the mean and variance of its codes.

    For where no encoder's variance is known: it tells how far the codes as a whole are from the
    prior, not how much the encoder says about a sample. Infinite for a constant.

    Args:
        latents: ``[N, D]``; rows that are not finite are left out.

    Returns:
        float64 ``[D]``, nats; NaN of no samples.

    Raises:
        TypeError, ValueError: not numbers of this shape.
    """
    rows = need_rows(latents, "latents")
    rows = rows[finite_rows(rows)].astype(np.float64)
    if not len(rows):
        return np.full(rows.shape[1], np.nan)
    variance = rows.var(0)
    with np.errstate(divide="ignore", over="ignore"):
        return 0.5 * (np.square(rows.mean(0)) + variance - 1 - np.log(variance))


def label_agreement(latents: object, codes: object, neighbours: int = 10) -> float:
    """Return the share of the nearest neighbours that have a sample's own label.

    The sample itself is left out. Where several at one distance are more than there is room for,
    each counts for its share of the room, so that the answer does not hang on their order: codes
    that are all the same agree by chance alone.

    Args:
        latents: ``[N, D]``, finite. The work grows with N².
        codes: int ``[N]``, classes.
        neighbours: how many, 1 or more; all the others if there are fewer.

    Returns:
        0 to 1; NaN of fewer than two samples.

    Raises:
        TypeError, ValueError: an argument is not of this form.
    """
    rows = _centred(latents)
    classes = torch.from_numpy(_class_codes(codes, len(rows)))
    if neighbours < 1:
        raise ValueError(f"neighbours is {neighbours}; expected 1 or more")
    room = min(neighbours, len(rows) - 1)
    if room < 1:
        return float("nan")
    found = 0.0
    slack = _SAME * 4 * float(rows.square().sum(1).max())
    for chunk, squares in _squared_distances(rows):
        squares[torch.arange(len(chunk)), chunk] = torch.inf
        values, indices = squares.topk(room, largest=False, sorted=False)
        edge = values.max(1, keepdim=True).values
        nearer = values < edge - slack
        free = room - nearer.sum(1)
        at_edge = (squares - edge).abs_() <= slack
        same = classes[indices] == classes[chunk, None]
        share = ((same & ~nearer).sum(1)).double()
        crowded = torch.nonzero(at_edge.sum(1) > free).flatten()
        if len(crowded):
            alike = at_edge[crowded] & (classes == classes[chunk[crowded], None])
            share[crowded] = free[crowded] * alike.sum(1) / at_edge[crowded].sum(1).double()
        found += float(((same & nearer).sum(1) + share).sum())
    return found / (room * len(rows))


def silhouette(latents: object, codes: object) -> float:
    """Return the mean silhouette (Rousseeuw 1987), 0 for the only one of its class.

    Args:
        latents: ``[N, D]``, finite. The work grows with N².
        codes: int ``[N]``, classes.

    Returns:
        -1 to 1; NaN of one class or of as many as samples.

    Raises:
        TypeError, ValueError: an argument is not of this form.
    """
    rows = _centred(latents)
    _, classes = np.unique(_class_codes(codes, len(rows)), return_inverse=True)
    sizes = torch.from_numpy(np.bincount(classes)).double()
    if not 1 < len(sizes) < len(rows):
        return float("nan")
    own = torch.from_numpy(classes)
    members = torch.nn.functional.one_hot(own).double()
    total = 0.0
    for chunk, squares in _squared_distances(rows):
        squares[torch.arange(len(chunk)), chunk] = 0.0
        sums = squares.sqrt_() @ members
        mine = own[chunk, None]
        within = sums.gather(1, mine)[:, 0] / (sizes[own[chunk]] - 1)
        beside = (sums / sizes).scatter(1, mine, torch.inf).min(1).values
        worth = (beside - within) / torch.maximum(beside, within)
        total += float(worth.nan_to_num(0.0).sum())  # 0 / 0 of a class of one, or of duplicates
    return total / len(rows)


def _centred(latents: object) -> torch.Tensor:
    """Return latents around their mean, the largest entry about 1: squares stay exact enough."""
    rows = need_rows(latents, "latents").astype(np.float64)
    if not np.isfinite(rows).all():
        raise ValueError("latents must be finite numbers; leave the other rows out")
    if rows.size:
        rows -= rows.mean(0)
        rows /= np.abs(rows).max() or 1.0
    return torch.from_numpy(rows)


def _squared_distances(rows: torch.Tensor) -> Any:
    """Yield ``[C]`` indices and their squared distances ``[C, N]`` to all rows, chunk by chunk."""
    squares = rows.square().sum(1)
    for chunk in torch.arange(len(rows)).split(max(1, _CHUNK_NUMBERS // len(rows))):
        distances = torch.addmm(squares, rows[chunk], rows.T, alpha=-2.0)
        yield chunk, distances.add_(squares[chunk, None]).clamp_(min=0.0)


def _like(values: object, rows: NDArray[Any], name: str) -> NDArray[Any]:
    array = need_rows(values, name)
    if array.shape != rows.shape:
        raise ValueError(f"{name} has shape {list(array.shape)}; expected {list(rows.shape)}")
    return array


def _class_codes(codes: object, count: int) -> NDArray[np.int64]:
    array = to_array(codes, name="codes")
    if array.shape != (count,) or array.dtype.kind not in "iu":
        shape = f"{array.dtype} {list(array.shape)}"
        raise ValueError(f"codes is {shape}; expected whole numbers [{count}]")
    return array.astype(np.int64)


def _chance(codes: NDArray[np.int64]) -> float:
    if len(codes) < 2:
        return float("nan")
    sizes = np.unique(codes, return_counts=True)[1].astype(np.float64)
    return float((sizes * (sizes - 1)).sum() / (len(codes) * (len(codes) - 1.0)))


def _mean(values: NDArray[Any]) -> _Floats:
    return values.mean(0) if len(values) else np.full(values.shape[1], np.nan)
