"""What a run remembers: bounded memory now; a directory on disk has its place beside it."""

from ._history import History
from ._series import Series
from ._snapshot import Snapshot

__all__ = ["History", "Series", "Snapshot"]
