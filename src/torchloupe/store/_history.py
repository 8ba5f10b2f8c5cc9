"""Everything a run remembers, by channel name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from ._series import Series
from ._snapshot import Snapshot


class History:
    """Scalar series and the newest snapshot of every other channel, in bounded memory.

    Series appear when first written; a dictionary's item assignment is atomic, so the training
    thread takes no lock. A run directory will stand behind this same interface.
    """

    def __init__(self, most_series: int = 4_096) -> None:
        """Make an empty history of at most `most_series` scalar names."""
        self._most_series = most_series
        self._series: dict[str, Series] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._versions = count(1)

    @property
    def series(self) -> Mapping[str, Series]:
        """Scalar series by name, in order of first appearance (a copy: safe to iterate)."""
        return dict(self._series)

    @property
    def snapshots(self) -> Mapping[str, Snapshot]:
        """Newest snapshots by channel name, in order of first appearance (a copy)."""
        return dict(self._snapshots)

    @property
    def names(self) -> list[str]:
        """Every channel name, scalars first."""
        return [*self._series, *self._snapshots]

    def find(self, name: str) -> Series | None:
        """Return the series of this name, if there is one."""
        return self._series.get(name)

    def series_for(self, name: str) -> Series:
        """Return the series of this name, made on first use.

        Raises:
            ValueError: there would be too many names (a step number inside a name, usually).
        """
        found = self._series.get(name)
        if found is None:
            if len(self._series) >= self._most_series:
                raise ValueError(
                    f"name: {name!r} would be scalar number {self._most_series + 1}; "
                    f"expected at most {self._most_series} different names"
                )
            found = self._series.setdefault(name, Series())
        return found

    def put(self, name: str, snapshot: Snapshot) -> None:
        """Make this the newest snapshot of its channel; the one before is forgotten."""
        self._snapshots[name] = replace(snapshot, version=next(self._versions))

    def scalars_version(self) -> int:
        """Return a number that rises with every scalar ever logged."""
        return sum(series.count for series in list(self._series.values()))

    def latest(self, name: str) -> tuple[int, Any]:
        """Return (step, value) of a scalar or (step, arrays) of another channel.

        Raises:
            KeyError: no such channel; the message lists those there are.
        """
        if name in self._series:
            return self._series[name].last()
        if name in self._snapshots:
            snapshot = self._snapshots[name]
            return snapshot.step, {key: array.copy() for key, array in snapshot.arrays.items()}
        raise KeyError(self.unknown(name))

    def unknown(self, name: str) -> str:
        """Say that there is no such channel, and which there are."""
        known = ", ".join(repr(each) for each in self.names) or "none yet"
        return f"name: {name!r} is not a channel of this run; there are: {known}"
