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

    A name is a scalar's or another channel's, never both.

    Series appear when first written; a dictionary's item assignment is atomic, so the training
    thread takes no lock. A run directory will stand behind this same interface.
    """

    def __init__(self, most_series: int = 4_096, most_snapshots: int = 256) -> None:
        """Make an empty history of at most so many scalars and other channels."""
        self._most_series = most_series
        self._most_snapshots = most_snapshots
        self._series: dict[str, Series] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._versions = count(1)

    @property
    def series(self) -> Mapping[str, Series]:
        """Scalar series with values, by name, in order of first appearance (a copy)."""
        return {name: series for name, series in self._series.copy().items() if series.count}

    @property
    def snapshots(self) -> Mapping[str, Snapshot]:
        """Newest snapshots by channel name, in order of first appearance (a copy)."""
        return self._snapshots.copy()

    @property
    def names(self) -> list[str]:
        """Every channel name, scalars first."""
        return [*self.series, *self.snapshots]

    def find(self, name: str) -> Series | None:
        """Return the series of this name, if there is one."""
        return self._series.get(name)

    def series_for(self, name: str) -> Series:
        """Return the series of this name, made on first use.

        Raises:
            ValueError: there would be too many names (a step number inside a name, usually), or
                the name is another channel's.
        """
        found = self._series.get(name)
        if found is None:
            if name in self._snapshots:
                kind = self._snapshots[name].kind
                raise ValueError(f"name: {name!r} is a channel of {kind} and cannot hold scalars")
            self._refuse_more(name, "scalar", len(self._series), self._most_series)
            found = self._series.setdefault(name, Series())
        return found

    def release(self) -> None:
        """Forget the functions in the snapshots' details, which hold the model; arrays stay."""
        for name, snapshot in self.snapshots.items():
            kept = {key: each for key, each in snapshot.details.items() if not callable(each)}
            self._snapshots[name] = replace(snapshot, details=kept)

    def put(self, name: str, snapshot: Snapshot) -> None:
        """Make this the newest snapshot of its channel; the one before is forgotten.

        Raises:
            ValueError: there would be too many names, or the name is a scalar's.
        """
        if name not in self._snapshots:
            if name in self._series:
                raise ValueError(f"name: {name!r} is a scalar and cannot hold {snapshot.kind}")
            self._refuse_more(name, "channel", len(self._snapshots), self._most_snapshots)
        self._snapshots[name] = replace(snapshot, version=next(self._versions))

    def scalars_version(self) -> int:
        """Return a number that rises with every scalar ever logged."""
        return sum(series.count for series in self._series.copy().values())

    def latest(self, name: str) -> tuple[int, Any]:
        """Return (step, value) of a scalar or (step, arrays) of another channel.

        Raises:
            KeyError: no such channel; the message lists those there are.
        """
        series, snapshot = self.series.get(name), self._snapshots.get(name)
        if series is not None:
            return series.last()
        if snapshot is not None:
            return snapshot.step, {key: array.copy() for key, array in snapshot.arrays.items()}
        raise KeyError(self.unknown(name))

    def _refuse_more(self, name: str, what: str, there_are: int, most: int) -> None:
        if there_are >= most:
            raise ValueError(
                f"name: {name!r} would be {what} number {there_are + 1}; "
                f"expected at most {most} different names (is there a step number in them?)"
            )

    def unknown(self, name: str) -> str:
        """Say that there is no such channel, and which there are."""
        known = ", ".join(repr(each) for each in self.names) or "none yet"
        return f"name: {name!r} is not a channel of this run; there are: {known}"
