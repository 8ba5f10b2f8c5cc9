"""Everything a run remembers, by channel name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from ._epochs import EpochMark, EpochMarks, Epochs
from ._outbox import Outbox
from ._series import Series
from ._shelf import Shelf
from ._snapshot import Snapshot

# So many values in all, and of one series, are kept in memory while the disk does not take them.
_MOST_UNSAVED = 1_000_000
_MOST_UNSAVED_EACH = 250_000
_MOST_SNAPSHOT_BYTES = 64 * 2**20


class History:
    """Scalar series, snapshots of every other channel, and epoch marks, in bounded memory.

    A name is a scalar's or another channel's, never both.

    Series appear when first written; a dictionary's item assignment is atomic, so the training
    thread takes no lock. Of snapshots as many are kept as 64 MB hold, the newest of each channel
    in any case; of the older ones first those go that lie closest together. Where a run has a
    directory, an outbox is attached: what it must not miss waits there until it is written.
    """

    def __init__(self, most_series: int = 4_096, most_snapshots: int = 256) -> None:
        """Make an empty history of at most so many scalars and other channels."""
        self._most_series = most_series
        self._most_snapshots = most_snapshots
        self._series: dict[str, Series] = {}
        self._shelves: dict[str, Shelf] = {}
        self._versions = count(1)
        self._epochs = EpochMarks()
        self._outbox: Outbox | None = None

    @property
    def series(self) -> Mapping[str, Series]:
        """Scalar series with values, by name, in order of first appearance (a copy)."""
        return {name: series for name, series in self._series.copy().items() if series.count}

    @property
    def snapshots(self) -> Mapping[str, Snapshot]:
        """Newest snapshots by channel name, in order of first appearance (a copy)."""
        return {name: shelf.newest for name, shelf in self._shelves.copy().items()}

    @property
    def shelves(self) -> Mapping[str, Shelf]:
        """Snapshots over time by channel name (a copy)."""
        return self._shelves.copy()

    @property
    def names(self) -> list[str]:
        """Every channel name, scalars first."""
        return [*self.series, *self.snapshots]

    @property
    def epochs(self) -> Epochs:
        """Ends of epochs in order: epochs int64 [k], steps int64 [k], times float64 [k].

        The k-th says that so many epochs were finished when so many boundaries were passed, so
        many seconds after the run began. Of very many, every second one is forgotten.
        """
        return self._epochs.read()

    def end_epoch(self, epoch: int, step: int, time: float) -> None:
        """Mark that `epoch` epochs were finished when `step` boundaries were passed."""
        mark = EpochMark(epoch, step, time)
        self._epochs.append(mark)
        if self._outbox is not None:
            self._outbox.put("epoch marks", mark)

    def attach(self) -> Outbox:
        """Keep what is not on disk yet, and return the outbox from which to write it."""
        outbox = Outbox()
        for mark in self._epochs.all():
            outbox.put("epoch marks", mark)
        for name, snapshot in self.snapshots.items():
            outbox.put(name, snapshot)
        self._outbox = outbox
        self.share_memory()
        return outbox

    def detach(self) -> None:
        """Keep nothing for a disk any longer."""
        self._outbox = None
        self.share_memory()

    def share_memory(self) -> None:
        """Tell every series how many values it may keep while they are not on disk."""
        series = list(self._series.copy().values())
        share = _MOST_UNSAVED // max(1, len(series)) if self._outbox is not None else 0
        for each in series:
            each.keep_unsaved = min(share, _MOST_UNSAVED_EACH)

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
            if name in self._shelves:
                kind = self._shelves[name].newest.kind
                raise ValueError(f"name: {name!r} is a channel of {kind} and cannot hold scalars")
            self._refuse_more(name, "scalar", len(self._series), self._most_series)
            found = self._series.setdefault(name, Series())
            found.keep_unsaved = 0 if self._outbox is None else _MOST_UNSAVED_EACH
        return found

    def refuse_more_scalars(self, names: Collection[str]) -> None:
        """Raise, before a series is made for any of these names, if they would be too many.

        Raises:
            ValueError: as `series_for`.
        """
        room = self._most_series - len(self._series)
        if len(names) <= room:
            return
        new = [name for name in names if name not in self._series]
        if len(new) > room:
            self._refuse_more(new[room], "scalar", self._most_series, self._most_series)

    def release(self) -> None:
        """Forget the functions in the snapshots' details, which hold the model; arrays stay."""
        for shelf in self.shelves.values():
            shelf.release()

    def put(self, name: str, snapshot: Snapshot) -> None:
        """Make this the newest snapshot of its channel.

        Raises:
            ValueError: there would be too many names, or the name is a scalar's.
        """
        shelf = self._shelves.get(name)
        if shelf is None:
            if name in self._series:
                raise ValueError(f"name: {name!r} is a scalar and cannot hold {snapshot.kind}")
            self._refuse_more(name, "channel", len(self._shelves), self._most_snapshots)
        numbered = replace(snapshot, version=next(self._versions))
        if shelf is None:
            self._shelves[name] = Shelf(numbered)
        else:
            shelf.put(numbered)
            self._thin_snapshots()
        if self._outbox is not None:
            self._outbox.put(name, numbered)

    def scalars_version(self) -> int:
        """Return a number that rises with every scalar ever logged."""
        return sum(series.count for series in self._series.copy().values())

    def latest(self, name: str) -> tuple[int, Any]:
        """Return (step, value) of a scalar or (step, arrays) of another channel.

        Raises:
            KeyError: no such channel; the message lists those there are.
        """
        series, snapshot = self.series.get(name), self.snapshots.get(name)
        if series is not None:
            return series.last()
        if snapshot is not None:
            return snapshot.step, {key: array.copy() for key, array in snapshot.arrays.items()}
        raise KeyError(self.unknown(name))

    def _thin_snapshots(self) -> None:
        """Take from the largest shelf until all together fit."""
        sizes = {name: shelf.size for name, shelf in self._shelves.copy().items()}
        over = sum(sizes.values()) - _MOST_SNAPSHOT_BYTES
        if over > 0:
            largest = max(sizes, key=lambda name: sizes[name])
            self._shelves[largest].thin(sizes[largest] - over)

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
