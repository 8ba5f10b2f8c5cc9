"""What a run is told and can tell: scalars, images, points, histograms."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..reduce import (
    Buckets,
    as_images,
    distribution,
    dtype_name,
    encode_labels,
    sampled_array,
    to_array,
)
from ..store import History, Series, Shelf, Snapshot
from ..tap import need_labels
from ._clock import Clock
from ._driver import Driver
from ._past import Source, whole, window
from ._scalars import check_indices, check_name, check_step, merge, read_number

_MOST_POINTS = 1_000_000


class Recorder:
    """The part of a run that keeps values; `log` is the hot path and takes no lock."""

    def __init__(self, history: History, driver: Driver, clock: Clock) -> None:
        self._history = history
        self._driver = driver
        self._clock = clock
        # Reads old values back from the run's directory, where there is one.
        self._source: Source | None = None
        self._cursor: int | None = None
        self._selection = np.zeros(0, np.int64)

    @property
    def step(self) -> int:
        """How many step boundaries were passed."""
        return self._driver.step

    @property
    def epoch(self) -> int:
        """How many epochs were finished."""
        return self._driver.epoch

    def log(
        self, values: Mapping[str, Any] | None = None, /, *, step: int | None = None, **scalars: Any
    ) -> None:
        """Log one number a name: `run.log(loss=loss)` or `run.log({"val/loss": loss})`.

        Values are kept in the order of logging: several at one step are all kept, and a step may
        be lower than the one before.

        Args:
            values: numbers by name; a float, int, bool, or a tensor or array of one element.
            step: the step to log at; the present one by default.
            **scalars: more of the same.

        Raises:
            TypeError, ValueError: a value is not one real number; the message names it, and
                nothing of this call is logged.
        """
        began = self._clock.now()
        if values is not None:
            scalars = merge(values, scalars)
        at = self._driver.step if step is None else check_step(step)
        age = self._clock.age(began)
        numbers = [(name, read_number(name, value)) for name, value in scalars.items()]
        self._history.refuse_more_scalars(scalars)
        for series, number in [(self._series(name), number) for name, number in numbers]:
            if isinstance(number, Tensor):
                self._driver.deferred.append(series, at, number, age)
            else:
                series.append(at, number, age)
        self._clock.watching += self._clock.now() - began

    def log_images(self, name: str, images: Any, labels: Sequence[Any] | None = None) -> None:
        """Log images: [N, C, H, W] with C of 1, 3 or 4, or [N, H, W].

        Raises:
            TypeError, ValueError: they are not of this form; the message names them.
        """
        pixels = as_images(images, name="images")
        captions = need_labels(labels, len(pixels))
        details = {"labels": captions, "dtype": dtype_name(images)}
        self._put(name, "images", {"": pixels}, details)

    def log_points(self, name: str, points: Any, labels: Sequence[Any] | None = None) -> None:
        """Log points [N, D] and one label each, of any kind.

        Of more than 1,000,000 so many are kept, evenly spaced and the same every time; the view
        says so, and indices of samples go on counting all of them.

        Raises:
            TypeError, ValueError: they are not of this form; the message names them.
        """
        array, indices, total = sampled_array(points, _MOST_POINTS, name="points")
        if array.ndim != 2 or not array.shape[1]:
            raise ValueError(f"points: expected shape [N, D], got {list(array.shape)}")
        encoded = encode_labels(labels, total, name="labels") if labels is not None else None
        details: dict[str, Any] = {"labels": None, "total": total}
        if encoded is not None:
            codes = encoded.codes if indices is None else encoded.codes[indices]
            details["labels"] = codes, encoded.classes, encoded.unlabelled
        if indices is not None:
            details["indices"] = indices
        self._put(name, "points", {"points": array}, details)

    def log_histogram(self, name: str, values: Any) -> None:
        """Log the distribution of some numbers: 64 equal bins over their finite range.

        Kept are `counts` int64 [64], `edges` float64 [65] and `non_finite` int64 [].

        Raises:
            TypeError, ValueError: `values` is not a tensor or array of real numbers.
        """
        array = to_array(values, name="values").astype(np.float64).ravel()
        finite = array[np.isfinite(array)]
        counts, edges = distribution(finite)
        non_finite = np.array(array.size - finite.size)
        arrays = {"counts": counts, "edges": edges, "non_finite": non_finite}
        self._put(name, "histogram", arrays, {})

    def history(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return all that was logged under a name: steps int64 [n], values float64 [n].

        Of very long series only a run with a directory has every value; else the old end is
        thinned to extremes, and a warning says so.

        Raises:
            KeyError: no such scalar; the message lists the names.
        """
        self._read_deferred()
        series = self._history.series.get(name)
        if series is None:
            raise KeyError(self._history.unknown(name))
        if series.thinned and self._source is not None:
            found = whole(name, series, self._source)
            if found is not None:
                return found
        if series.thinned:
            warnings.warn(
                f"{name!r}: of {series.count:,} values the older ones are thinned to extremes",
                stacklevel=2,
            )
        return series.read()

    def window(
        self,
        name: str,
        low: float | None = None,
        high: float | None = None,
        *,
        most: int = 2_000,
        by: Literal["step", "time"] = "step",
    ) -> Buckets:
        """Return what was logged between two steps or times, in as much detail as fits.

        Args:
            name: of a series.
            low: the first step or second since the run began; None for the beginning.
            high: the last; None for the end.
            most: how many buckets to return at most, 200 or more.
            by: what `low` and `high` are.

        Returns:
            Buckets [K] as `Series.window` returns them.

        Raises:
            KeyError: no such scalar; the message lists the names.
        """
        series = self.scalars.get(name)
        if series is None:
            raise KeyError(self._history.unknown(name))
        return window(name, series, self._source, (low, high), most=most, by=by)

    def latest(self, name: str) -> tuple[int, Any]:
        """Return (step, value) of a scalar, or (step, named arrays) of another channel.

        Raises:
            KeyError: no such channel; the message lists the names.
        """
        self._read_deferred()
        return self._history.latest(name)

    @property
    def scalars(self) -> Mapping[str, Series]:
        """The scalar series by name."""
        self._driver.deferred.read(wait=False)
        return self._history.series

    @property
    def channels(self) -> Mapping[str, Snapshot]:
        """The newest snapshot of every channel that is not a scalar, by name."""
        return self._history.snapshots

    @property
    def epochs_ended(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Where epochs ended: how many were finished then, at which step, at which second."""
        return self._history.epochs

    @property
    def cursor(self) -> int | None:
        """The step that the views show; None for the present. Setting it moves every view.

        Raises (when set):
            TypeError, ValueError: it is neither None nor an int of at least 0.
        """
        return self._cursor

    @cursor.setter
    def cursor(self, step: int | None) -> None:
        self._cursor = None if step is None else check_step(step, "cursor")

    @property
    def selection(self) -> NDArray[np.int64]:
        """The samples that are selected, for all views: indices int64 [K], rising; empty for none.

        Set it to any indices of samples, or None.

        Raises (when set):
            TypeError, ValueError: it is neither None nor made of ints of at least 0.
        """
        return self._selection

    @selection.setter
    def selection(self, indices: Any) -> None:
        self._selection = check_indices(indices, "selection")

    @property
    def moments(self) -> NDArray[np.int64]:
        """The steps, rising, at which there is something to see in the past: int64 [K]."""
        steps = [shelf.steps for shelf in self._history.shelves.values() if _moves(shelf)]
        return np.unique(np.concatenate([np.zeros(0, np.int64), *steps]))

    def seen(self, name: str) -> Snapshot | None:
        """Return the snapshot of a channel that views show: the newest, or that at the cursor."""
        shelf = self._history.shelves.get(name)
        if shelf is None:
            return None
        return shelf.newest if self._cursor is None else shelf.at(self._cursor)

    def flush(self) -> None:
        """Return when everything logged so far is in the history."""
        self._driver.deferred.seal()
        self._driver.deferred.read(wait=True)

    def _read_deferred(self) -> None:
        # Batches are closed by the training thread, whose stream they wait for.
        if self._driver.is_mine() or not self._driver.active:
            self._driver.deferred.seal()
        self._driver.deferred.read(wait=True)

    def _series(self, name: str) -> Series:
        return self._history.find(name) or self._history.series_for(check_name(name))

    def _put(
        self, name: str, kind: str, arrays: Mapping[str, NDArray[Any]], details: Mapping[str, Any]
    ) -> None:
        age = self._clock.age()
        snapshot = Snapshot(kind, self.step, self.epoch, arrays, details, time=age)
        self._history.put(check_name(name), snapshot)


def _moves(shelf: Shelf) -> bool:
    return shelf.newest.kind != "architecture"
