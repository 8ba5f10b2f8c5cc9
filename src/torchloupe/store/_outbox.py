"""What waits to be written to a run's directory, in bounded memory."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import count
from threading import Lock

from ._epochs import EpochMark
from ._snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Posted:
    """A snapshot, or an epoch's end, that waits; numbers rise."""

    number: int
    channel: str
    content: Snapshot | EpochMark


class Outbox:
    """Snapshots and epoch marks that are not on disk yet; when it is full, the oldest go.

    Args:
        most_bytes: of all that waits; the newest is kept in any case.
        most: how many may wait.
    """

    def __init__(self, most_bytes: int = 64 * 2**20, most: int = 4_096) -> None:
        self._most_bytes, self._most = most_bytes, most
        self._posted: deque[Posted] = deque()
        self._numbers = count(1)
        self._dropped: dict[str, int] = {}
        self._lock = Lock()

    def put(self, channel: str, content: Snapshot | EpochMark) -> None:
        """Add a channel's snapshot, or an epoch's end."""
        with self._lock:
            self._posted.append(Posted(next(self._numbers), channel, content))
            size = sum(_size(each) for each in self._posted)
            while len(self._posted) > 1 and (
                size > self._most_bytes or len(self._posted) > self._most
            ):
                oldest = self._posted.popleft()
                size -= _size(oldest)
                self._dropped[oldest.channel] = self._dropped.get(oldest.channel, 0) + 1

    def waiting(self) -> list[Posted]:
        """Return what waits, oldest first; it stays until it is `taken`."""
        with self._lock:
            return list(self._posted)

    def taken(self, number: int) -> None:
        """Let go of everything up to a number."""
        with self._lock:
            while self._posted and self._posted[0].number <= number:
                self._posted.popleft()

    def dropped(self) -> dict[str, int]:
        """Return how many of each channel went unwritten since this was last asked."""
        with self._lock:
            dropped, self._dropped = self._dropped, {}
            return dropped

    def __bool__(self) -> bool:
        return bool(self._posted)


def _size(posted: Posted) -> int:
    if isinstance(posted.content, EpochMark):
        return 64
    return 1_024 + sum(array.nbytes for array in posted.content.arrays.values())
