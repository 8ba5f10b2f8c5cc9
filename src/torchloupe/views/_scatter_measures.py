"""What the latent space of a scatter is worth: on demand, and in a line beside the cloud."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from threading import Lock, Thread, current_thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import outside
from ..reduce import LatentMeasures, evenly, measure_latents
from ..store import Snapshot
from ._scatter_plane import as_rows, subscript

_MOST = 5_000
_MOST_NAMED = 4


class Measuring:
    """Measures snapshots, each at most once, and keeps what it found of the newest.

    Args:
        changed: called when the words are there; from a thread.
        cost: told how many seconds that thread took.
    """

    def __init__(self, changed: Callable[[], None], cost: Callable[[float], None]) -> None:
        self._changed, self._cost = changed, cost
        self._lock = Lock()
        self._full: tuple[int, LatentMeasures] | None = None
        self._brief: tuple[int, str] | None = None
        #: what the line is of: the snapshot, and its measures on at most 5,000 samples
        self.found: tuple[Snapshot, LatentMeasures] | None = None
        #: the last that worked; it has a few things to do yet when no more is under way
        self._thread: Thread | None = None
        self._is_busy = self._closed = False

    def measure(self, snapshot: Snapshot) -> LatentMeasures:
        """Return the measures of all of a snapshot."""
        found = self._full
        if found is None or found[0] != snapshot.version:
            found = snapshot.version, _measured(snapshot, len(snapshot.arrays["points"]))
            self._full = found
        return found[1]

    def words(self, snapshot: Snapshot, *, may_begin: bool) -> str:
        """Return the line, or nothing while it is not known.

        Args:
            snapshot: what is shown.
            may_begin: whether to find out, in a thread.
        """
        found = self._brief
        if found is not None and found[0] == snapshot.version:
            return found[1]
        with self._lock:
            if may_begin and not self._closed and not self._is_busy:
                self._begin(snapshot)
        return ""

    @property
    def is_busy(self) -> bool:
        """Whether a snapshot is being measured."""
        return self._is_busy

    def close(self) -> None:
        """Find out nothing more; return when the thread is gone."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None and thread is not current_thread():
            thread.join(5)

    def state(self) -> int:
        """Return which snapshot the line is of; 0 before the first."""
        return self._brief[0] if self._brief else -1

    def _begin(self, snapshot: Snapshot) -> None:
        try:
            self._thread = outside.start_thread(lambda: self._work(snapshot), "measures")
            self._is_busy = True
        except Exception:  # no thread is to be had: no line
            self._brief = snapshot.version, ""

    def _work(self, snapshot: Snapshot) -> None:
        clock = outside.Timepiece()
        began = clock.now()
        try:
            measures = _measured(snapshot, _MOST)
            line = describe_measures(measures)
            self.found = snapshot, measures
        except Exception as error:  # said where the numbers would be; the cloud is there without
            line = f"not measured: {type(error).__name__}: {error}"[:100]
        with self._lock:
            self._brief, self._is_busy = (snapshot.version, line), False
        self._cost(clock.now() - began)
        self._changed()


def describe_measures(measures: LatentMeasures) -> str:
    """Write what a person wants to know at a glance: do the classes part, is every dimension used?

    Dimensions are counted where there are more than two; of what is amiss the first are named.
    """
    parts = list[str]()
    if isfinite(measures.agreement):
        of = f", of {measures.sampled:,}" if measures.sampled >= _MOST else ""
        chance = f"chance {100 * measures.chance:.0f} %"
        parts.append(f"kNN agreement {100 * measures.agreement:.0f} % ({chance}{of})")
    count = len(measures.active)
    if count > 2 and measures.finite:
        parts.append(f"{measures.active.sum()} of {count} dimensions active")
    collapsed = measures.collapsed
    for word, flags in (("collapsed", collapsed), ("dead", measures.dead)):
        if flags is not None and flags.any() and measures.finite > 1:
            parts.append(f"{word}: {_named(flags)}")
    return " · ".join(parts)


def _measured(snapshot: Snapshot, most: int) -> LatentMeasures:
    latents = as_rows(snapshot.arrays["points"])
    chosen = evenly(len(latents), most)
    codes, _, unlabelled = snapshot.details.get("labels") or (None, (), -1)
    of_chosen = None if codes is None else np.asarray(codes)[chosen]
    posterior = snapshot.details.get("posterior")
    return measure_latents(latents[chosen], of_chosen, unlabelled=unlabelled, posterior=posterior)


def _named(flags: NDArray[Any]) -> str:
    names = [subscript(int(each)) for each in np.flatnonzero(flags)]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
