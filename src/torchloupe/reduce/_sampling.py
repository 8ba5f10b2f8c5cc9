"""Which rows take part: the fixed sample of many, and those that are numbers all through."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from torchloupe.reduce._arrays import to_array


def evenly(total: int, most: int) -> NDArray[np.int64]:
    """Return at most `most` of the indices ``0 … total - 1``, evenly spaced, both ends among them.

    The same every time. Each remainder of the index comes about equally often, so that samples
    whose classes take turns are not thinned to some of the classes.

    Args:
        total: how many rows there are.
        most: how many are wanted at most, 1 or more.

    Returns:
        int64 ``[min(total, most)]``, rising.
    """
    if total <= most:
        return np.arange(total)
    return np.linspace(0, total - 1, most).round().astype(np.int64)


def sampled_array(
    values: object, most: int, *, name: str
) -> tuple[NDArray[Any], NDArray[np.int64] | None, int]:
    """Copy values as `to_array` does, but of too many rows only some, `evenly` spaced.

    Of a tensor or an array nothing else is copied.

    Args:
        values: ``[N, …]``.
        most: how many rows are wanted at most.
        name: what the caller calls them, for the messages.

    Returns:
        The rows, which they are (None if they are all), and N.

    Raises:
        TypeError, ValueError: as `to_array`.
    """
    total = _rows_that_can_be_picked(values)
    if total is None or total <= most:
        array = to_array(values, name=name)
        total = len(array) if array.ndim else 1
        indices = evenly(total, most) if total > most else None
        return (array if indices is None else array[indices]), indices, total
    indices = evenly(total, most)
    rows = torch.as_tensor(indices) if isinstance(values, torch.Tensor) else indices
    return to_array(cast(Any, values)[rows], name=name), indices, total


def _rows_that_can_be_picked(values: object) -> int | None:
    """Return how many rows an ordinary tensor or array has; None of anything else."""
    if isinstance(values, torch.Tensor):
        plain = values.layout == torch.strided and not values.is_nested and values.dim() > 0
        return len(values) if plain else None
    if isinstance(values, np.ndarray):
        array = cast(NDArray[Any], values)
        return len(array) if array.ndim else None
    return None


def finite_rows(rows: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which of the rows ``[N, D]`` hold finite numbers alone, bool ``[N]``."""
    known = np.ones(len(rows), np.bool_)
    for column in range(rows.shape[1]):  # no temporary of the size of the rows
        known &= np.isfinite(rows[:, column])
    return known


def need_rows(values: object, name: str, columns: int | None = None) -> NDArray[Any]:
    """Return values as an array of rows.

    Args:
        values: ``[N, D]``; tensors and lists too.
        name: what the caller calls them, for the messages.
        columns: the D that is expected; any from 1 on without.

    Raises:
        TypeError: as `to_array`.
        ValueError: another shape.
    """
    array = to_array(values, name=name)
    wide = array.ndim == 2 and (array.shape[1] == columns or (columns is None and array.shape[1]))
    if not wide:
        wanted = "D" if columns is None else columns
        raise ValueError(f"{name} has shape {list(array.shape)}; expected [N, {wanted}]")
    return array
