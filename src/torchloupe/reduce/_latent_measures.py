"""What a latent space is worth, in numbers that are cheap, and said with their definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from torchloupe.reduce._label_measures import (
    chance_agreement,
    class_codes,
    label_agreement,
    silhouette,
)
from torchloupe.reduce._sampling import evenly, finite_rows, need_rows

_MOST = 5_000
_ACTIVE = 0.01  # variance, Burda et al. 2016
_COLLAPSED = 0.01  # nats, and share of samples, Lucas et al. 2019
_CONSTANT = 1e-6  # of the largest magnitude: what is left of a constant in float32

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
    posterior: tuple[_Floats, _Floats] | None = None,
    neighbours: int = 10,
    most: int = _MOST,
) -> LatentMeasures:
    """Measure a latent space.

    Args:
        latents: ``[N, D]``: codes, or the means of a variational encoder.
        codes: int ``[N]``, the index of each sample's class; without, what needs labels is NaN.
        unlabelled: the index that means no label; these samples are left out of what needs one.
        log_variance: ``[N, D]`` of a variational encoder.
        posterior: what `posterior_divergence` says of it, where that is known already.
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
    if logs is not None:
        posterior = posterior_divergence(means, logs)
    largest = np.abs(means).max() if means.size else 0.0
    sample, classes = means[:0], np.zeros(0, np.int64)
    if codes is not None:
        classes = class_codes(codes, len(rows))[known]
        labelled = np.flatnonzero(classes != unlabelled)
        chosen = labelled[evenly(len(labelled), most)]
        sample, classes = means[chosen], classes[chosen]
    return LatentMeasures(
        total=len(rows),
        finite=len(means),
        sampled=len(sample),
        neighbours=max(0, min(neighbours, len(sample) - 1)),
        agreement=label_agreement(sample, classes, neighbours),
        chance=chance_agreement(classes),
        silhouette=silhouette(sample, classes),
        variance=variance,
        divergence=moment_divergence(means) if posterior is None else posterior[0],
        from_encoder=posterior is not None,
        active=variance > _ACTIVE,
        dead=np.sqrt(variance) <= _CONSTANT * largest,
        collapsed=None if posterior is None else posterior[1] >= 1 - _COLLAPSED,
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


def posterior_divergence(mean: object, log_variance: object) -> tuple[_Floats, _Floats]:
    """Return of each dimension the mean divergence, and the share of samples that have hardly any.

    Args:
        mean: ``[N, D]``; a sample that is not finite in both is left out.
        log_variance: ``[N, D]``.

    Returns:
        float64 ``[D]``, nats, and float64 ``[D]``, the share of samples below 0.01 nats; both NaN
        of no samples.

    Raises:
        TypeError, ValueError: not numbers of one shape.
    """
    means = need_rows(mean, "mean")
    logs = _like(log_variance, means, "log_variance")
    known = finite_rows(means) & finite_rows(logs)
    nats = normal_divergence(means[known], logs[known])
    return _mean(nats), _mean(nats < _COLLAPSED)


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
        return _mean(rows)
    variance = rows.var(0)
    with np.errstate(divide="ignore", over="ignore"):
        nats = 0.5 * (np.square(rows.mean(0)) + variance - 1 - np.log(variance))
    return cast(_Floats, nats)


def _like(values: object, rows: NDArray[Any], name: str) -> NDArray[Any]:
    array = need_rows(values, name)
    if array.shape != rows.shape:
        raise ValueError(f"{name} has shape {list(array.shape)}; expected {list(rows.shape)}")
    return array


def _mean(values: NDArray[Any]) -> _Floats:
    """Return the mean of each column, NaN of no rows."""
    wide: _Floats = np.asarray(values, np.float64)
    nothing: _Floats = np.full(wide.shape[1:], np.nan)
    mean: _Floats = wide.mean(0) if len(wide) else nothing
    return mean
