"""What is on disk already, and what a transaction adds to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ._epochs import EpochMark
from ._format import plain
from ._outbox import Posted
from ._rows import Row, chunk_row, encode_status, snapshot_rows
from ._series import Series
from ._shelf import thinner
from ._snapshot import Snapshot

FULL = 4_096
"""A chunk of so many values or more stays as it is; smaller ones are replaced by one that is."""

PARTS = 1 << 20
"""The arrays of snapshot N have the ids from N * PARTS on."""

_LARGEST = 4 * FULL


@dataclass(frozen=True, slots=True)
class Entry:
    """How much of one series is on disk.

    Attributes:
        number: the id of the series in the file.
        saved: the position after its last value there.
        full: the position after its last full chunk.
        tail: the ids of the smaller chunks after that.
    """

    number: int
    saved: int = 0
    full: int = 0
    tail: tuple[int, ...] = ()


@dataclass(slots=True)
class Ledger:
    """What a file holds. Shelves are the snapshots of each channel: (id, bytes), oldest first."""

    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    shelves: dict[str, list[tuple[int, int]]] = field(
        default_factory=dict[str, list[tuple[int, int]]]
    )
    chunks: int = 0
    losses: int = 0

    def saved(self, name: str) -> int:
        """Return the position after the last value of a series that is on disk."""
        entry = self.entries.get(plain(name))
        return entry.saved if entry else 0

    def behind(self, name: str, series: Series) -> bool:
        """Tell whether a series has values that are not on disk."""
        return series.count > self.saved(name)


class Draft:
    """The rows of one transaction, and the ledger as it will be after it."""

    def __init__(self, ledger: Ledger, budget: int) -> None:
        self.ledger = replace(ledger, entries=ledger.entries.copy(), shelves=ledger.shelves.copy())
        self.rows: dict[str, list[Row]] = {}
        self.obsolete: dict[str, list[int]] = {}
        self.lost: dict[str, int] = {}
        self.refused: list[str] = []
        self._budget = budget

    def add_series(self, name: str, series: Series) -> None:
        """Write the new values of a series; small chunks become one when that is full."""
        entry = self.ledger.entries.get(plain(name))
        if entry is None:
            entry = Entry(
                1 + max((each.number for each in self.ledger.entries.values()), default=0)
            )
            self._add("series", (entry.number, plain(name)))
        whole = series.count - entry.full >= FULL and series.raw_from <= entry.full
        values = series.since(entry.full if whole else entry.saved)
        if whole and values.position > entry.full:  # memory moved on just now
            whole, values = False, values.since(entry.saved)
        if values.position > entry.saved:
            self._add_loss(name, entry, values.position - entry.saved)
        if whole:
            self.obsolete.setdefault("chunk", []).extend(entry.tail)
            entry = replace(entry, tail=())
        for start in range(values.position, values.end, _LARGEST):
            part = values.part(start, start + _LARGEST)
            self.ledger.chunks += 1
            self._add("chunk", chunk_row(self.ledger.chunks, entry.number, part))
            entry = noted(entry, self.ledger.chunks, part.position, len(part))
        self.ledger.entries[plain(name)] = entry

    def add_posted(self, posted: Posted) -> None:
        """Write a snapshot or an epoch mark; a snapshot that has no form on disk is refused."""
        content = posted.content
        if isinstance(content, EpochMark):
            self._add("epoch", (posted.number, content.epoch, content.step, float(content.time)))
            return
        try:
            self._add_snapshot(posted.number, posted.channel, content)
        except Exception as error:  # whatever a caller put into it
            self.refused.append(f"a snapshot of {posted.channel!r} is not kept on disk: {error}")

    def add_status(self, status: Mapping[str, object], heartbeat: float) -> None:
        """Write where the run is, and how many values of each series there are by now."""
        entries = self.ledger.entries.values()
        counts = np.zeros(max((entry.number for entry in entries), default=0), "<i8")
        for entry in entries:
            counts[entry.number - 1] = entry.saved
        self._add("status", (1, encode_status(status), heartbeat, counts.tobytes()))

    def _add_snapshot(self, number: int, channel: str, snapshot: Snapshot) -> None:
        row, parts = snapshot_rows(number, channel, snapshot)
        self._add("snapshot", row)
        for index, part in enumerate(parts):
            self._add("part", (number * PARTS + index, *part))
        size = sum(len(part[-1]) for part in parts if isinstance(part[-1], bytes))
        shelf = [*self.ledger.shelves.get(channel, []), (number, size)]
        kept = thinner(shelf, self._budget)
        self.ledger.shelves[channel] = kept
        gone = [number for number, _ in set(shelf) - set(kept)]
        self.obsolete.setdefault("snapshot", []).extend(gone)

    def _add_loss(self, name: str, entry: Entry, count: int) -> None:
        self.ledger.losses += 1
        self._add("lost", (self.ledger.losses, entry.number, entry.saved, count))
        self.lost[name] = self.lost.get(name, 0) + count

    def _add(self, table: str, row: Row) -> None:
        self.rows.setdefault(table, []).append(row)


def noted(entry: Entry, chunk: int, first: int, count: int) -> Entry:
    """Return an entry with one more chunk, which holds so many values from a position on."""
    end = first + count
    if count >= FULL:
        return replace(entry, saved=end, full=end, tail=())
    return replace(entry, saved=end, tail=(*entry.tail, chunk))
