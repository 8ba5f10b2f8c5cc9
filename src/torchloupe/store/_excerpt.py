"""Values as they were logged, from disk: where memory knows an old stretch only summed up."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ._format import plain
from ._raw import Values
from ._rows import chunk_values
from ._salvage import Salvage
from ._source import Source

MOST_VALUES = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Excerpt:
    """Values within a range of steps, in logging order.

    Attributes:
        positions: int64 ``[N]``, in the series.
        steps: int64 ``[N]``.
        values: float64 ``[N]``.
        times: float64 ``[N]``, seconds since the run began.
        complete: False if there are more, or some cannot be read; then the first are here.
    """

    positions: NDArray[np.int64]
    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    times: NDArray[np.float64]
    complete: bool


class Excerpts:
    """Reads excerpts of a run's file, also while another thread or process writes it.

    Args:
        file: the run's file, or a source of it that is open already.
    """

    def __init__(self, file: Path | Source) -> None:
        self._source = file if isinstance(file, Source) else Source(file)

    def values(self, name: str, low: int, high: int, *, most: int = MOST_VALUES) -> Excerpt:
        """Return the values of a series with steps from `low` to `high`; never raises.

        Args:
            name: the series'.
            low: the first step.
            high: the last step.
            most: how many values to return at most.
        """
        try:
            with self._source.reading() as connection:
                return _excerpt(connection, name, (low, high), most)
        except Exception:  # whatever a damaged file leads to
            return _joined([], most, complete=False)

    def close(self) -> None:
        """Disconnect."""
        self._source.close()


def _excerpt(
    connection: sqlite3.Connection, name: str, edges: tuple[int, int], most: int
) -> Excerpt:
    salvage = Salvage(connection)
    numbers = [row[0] for row in salvage.rows("series") if row[1] == plain(name)]
    query = "SELECT id FROM chunk WHERE series = ? AND high >= ? AND low <= ? ORDER BY id"
    chunks = connection.execute(query, (numbers[0], *edges)).fetchall() if numbers else []
    found: list[Excerpt] = []
    count = end = 0
    for (number,) in chunks:
        for row in salvage.rows("chunk", number, number):
            values = chunk_values(row).since(end)  # a damaged file may tell a thing twice
            end = max(end, values.end)
            found.append(_between(values, edges))
            count += len(found[-1].steps)
        if count > most:
            break
    return _joined(found, most, complete=not (salvage.errors or salvage.broken))


def _between(values: Values, edges: tuple[int, int]) -> Excerpt:
    inside = (values.steps >= edges[0]) & (values.steps <= edges[1])
    positions = values.position + np.flatnonzero(inside)
    steps, numbers, times = values.steps[inside], values.values[inside], values.times[inside]
    return Excerpt(positions, steps, numbers, times, complete=True)


def _joined(parts: list[Excerpt], most: int, *, complete: bool) -> Excerpt:
    empty = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0)
    columns = [(part.positions, part.steps, part.values, part.times) for part in parts]
    positions, steps, values, times = (
        np.concatenate(column) for column in zip(empty, *columns, strict=True)
    )
    complete = complete and len(steps) <= most
    return Excerpt(positions[:most], steps[:most], values[:most], times[:most], complete)
