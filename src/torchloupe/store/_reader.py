"""A run read back from its directory, by any process: while it is written, and afterwards."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ._complaints import Complaints
from ._excerpt import MOST_VALUES, Excerpt, Excerpts
from ._format import FILE_NAME, FORMAT
from ._history import History
from ._ledger import PARTS
from ._raw import Values
from ._rows import chunk_values, decode_status, stored_snapshot
from ._salvage import Row, Salvage
from ._source import Source
from ._template import check_kind, ends_early, format_of

_JOINED_AT = 65_536
# So many of each channel, evenly spread over what is new, are enough to move through time.
_MOST_SNAPSHOTS = 200


class Reader:
    """What a run's directory says; `follow` takes in what was written since.

    Whatever is wrong with a file that began as a run's is said in `complaints`; every number that
    is here is the one that was logged.

    Args:
        path: a run's directory, or the file in it.

    Raises:
        FileNotFoundError: there is no run at `path`.
        ValueError: what is there is no run, or was written by a newer torchloupe.
        OSError: it must not be read.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.file = _file_at(Path(path))
        check_kind(self.file)
        self.manifest: Mapping[str, Any] = {}
        self.history = History()
        self.status: Mapping[str, Any] = {}
        self.heartbeat: float | None = None
        self._source = Source(self.file)
        self._excerpts = Excerpts(self._source)
        self._complaints = Complaints()
        self._names: dict[int, str] = {}
        self._ends: dict[int, int] = {}
        self._newest = {"chunk": 0, "snapshot": 0, "epoch": 0}
        self.follow()
        written_as = format_of(self.file)
        if written_as > FORMAT and self.manifest.get("format") != FORMAT:
            self.close()
            raise ValueError(
                f"path: {str(path)!r} was written by a newer torchloupe "
                f"(format {written_as}, expected at most {FORMAT})"
            )

    @property
    def directory(self) -> Path:
        """The run's directory."""
        return self.file.parent

    @property
    def complaints(self) -> list[str]:
        """Sentences that say what could not be read, or was never written."""
        return self._complaints.sentences(self._names)

    def follow(self) -> bool:
        """Take in what is new; tell whether anything is. Never raises."""
        before = self._state()
        try:
            with self._source.reading() as connection:
                self._read(Salvage(connection))
            self._complaints.source = self._source.problem
        except Exception as error:  # whatever a damaged file leads to
            self._complaints.source = str(error)
        self._complaints.empty = self._source.empty
        self._complaints.early = bool(self._complaints.damaged) and _ends_early(self.file)
        return self._state() != before

    def values(self, name: str, low: int, high: int, *, most: int = MOST_VALUES) -> Excerpt:
        """Return values as they were logged, from disk: see `Excerpts.values`."""
        return self._excerpts.values(name, low, high, most=most)

    def close(self) -> None:
        """Let go of the file; the history stays."""
        self._source.close()

    def _state(self) -> tuple[object, ...]:
        return self.heartbeat, dict(self._ends), dict(self._newest), self.complaints

    def _read(self, salvage: Salvage) -> None:
        self._complaints.begin()
        self._read_status(salvage)
        if not self.manifest:
            rows = salvage.rows("manifest")
            self.manifest = {
                row[1]: row[2] for row in rows if isinstance(row[2], (str, int, float))
            }
        for number, name, _ in salvage.rows("series", len(self._names) + 1):
            self._names.setdefault(number, name)
        self._complaints.lost = {}
        for _, number, _, count, _ in salvage.rows("lost"):
            self._complaints.lost[number] = self._complaints.lost.get(number, 0) + count
        self._read_chunks(salvage)
        self._read_snapshots(salvage)
        for number, epoch, step, time, _ in salvage.rows("epoch", self._newest["epoch"] + 1):
            self._newest["epoch"] = number
            self.history.end_epoch(epoch, step, time)
        self._complaints.note(salvage)

    def _read_status(self, salvage: Salvage) -> None:
        for _, details, heartbeat, counts, _ in salvage.rows("status", 1, 1):
            try:
                self.status, self.heartbeat = decode_status(details), heartbeat
            except ValueError as error:
                self._complaints.say(f"the run's state cannot be read: {error}")
            expected: list[int] = np.frombuffer(counts[: len(counts) // 8 * 8], "<i8").tolist()
            self._complaints.expected = dict(enumerate(expected, 1))

    def _read_chunks(self, salvage: Salvage) -> None:
        waiting: dict[int, list[Values]] = {}
        for row in salvage.rows("chunk", self._newest["chunk"] + 1):
            self._newest["chunk"] = max(self._newest["chunk"], row[0])
            number = row[1]
            try:
                # A chunk that took the place of smaller ones repeats what was in them.
                values = chunk_values(row).since(self._ends.get(number, 0))
            except ValueError as error:
                self._complaints.say(str(error))
                continue
            if not len(values):
                continue
            self._ends[number] = values.end
            parts = waiting.setdefault(number, [])
            parts.append(values)
            if sum(map(len, parts)) >= _JOINED_AT:
                self._extend(number, waiting.pop(number))
        for number, parts in waiting.items():
            self._extend(number, parts)

    def _extend(self, number: int, parts: list[Values]) -> None:
        name = self._names.get(number)
        if name is None:
            return
        try:
            series = self.history.series_for(name)
        except ValueError as error:  # more names than any run has, or one of two kinds
            self._complaints.say(str(error))
            return
        series.extend(
            np.concatenate([part.steps for part in parts]),
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.times for part in parts]),
        )
        self._complaints.found[number] = series.count

    def _read_snapshots(self, salvage: Salvage) -> None:
        by_channel: dict[str, list[Row]] = {}
        for row in salvage.rows("snapshot", self._newest["snapshot"] + 1):
            self._newest["snapshot"] = max(self._newest["snapshot"], row[0])
            by_channel.setdefault(row[1], []).append(row)
        for channel, rows in by_channel.items():
            every = -(-len(rows) // _MOST_SNAPSHOTS)
            for row in [*rows[:-1:every], rows[-1]]:
                self._put(channel, row, salvage)

    def _put(self, channel: str, row: Row, salvage: Salvage) -> None:
        parts = list(salvage.rows("part", row[0] * PARTS, (row[0] + 1) * PARTS - 1))
        try:
            self.history.put(channel, stored_snapshot(row, parts))
        except (ValueError, TypeError, KeyError) as error:
            self._complaints.say(f"{channel!r} at step {row[3]:,} cannot be read: {error}")


def _file_at(path: Path) -> Path:
    """Return the file of a run, given that or its directory."""
    file = path / FILE_NAME if path.is_dir() else path
    if not file.is_file():
        expected = f"a directory with a {FILE_NAME} in it" if path.exists() else "a run's directory"
        raise FileNotFoundError(f"path: expected {expected}, got {str(path)!r}")
    return file


def _ends_early(file: Path) -> bool:
    try:
        return ends_early(file)
    except OSError:
        return False
