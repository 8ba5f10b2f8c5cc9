"""The iterators that people loop over: `track` and `epochs`."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

from ._driver import Driver
from ._nesting import Place, inside_loop, place_of
from ._progress import length_of

Item = TypeVar("Item")
_END = object()


class Loop:
    """What both iterators are: something that has a driver until it ran out or was left.

    A class rather than a generator: it has a length, it notices when it is dropped, and it knows
    from where it is driven.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._entered = False
        self._done = False
        self.driven_from: Place | None = None

    def _enter(self, epochs: int | None) -> bool:
        self._driver.claim(self, epochs)
        self._entered = True
        return self._driver.enter()

    def _check_superseded(self) -> None:
        if self._entered and self._driver.current() is not self:
            self._done = True
            raise RuntimeError(
                "this loop was superseded: another loop on the same run began after it"
            )

    def _finish(self) -> None:
        self._done = True
        self._driver.finish()

    def leave(self, error: BaseException) -> None:
        """End because something raised inside `next`: the loader, or an interrupt."""
        self._done = True
        if not self._driver.background:
            self._driver.settle("stopped" if isinstance(error, KeyboardInterrupt) else "failed")

    def __del__(self) -> None:
        if getattr(self, "_entered", False) and not self._done:
            self._driver.left(self)


class Track(Loop, Generic[Item]):
    """Yields a loader's items untouched, with a step boundary after each."""

    def __init__(self, driver: Driver, loader: Iterable[Item], epochs: int) -> None:
        super().__init__(driver)
        self._loader = loader
        self._epochs = epochs
        self._left = epochs
        self._iterator: Iterator[Item] | None = None

    def __len__(self) -> int:
        """Return how many items there are in all epochs, as far as the loader says."""
        return _need_length(self._loader) * self._epochs

    def __length_hint__(self) -> int:
        return (length_of(self._loader) or 0) * self._epochs

    def __iter__(self) -> Track[Item]:
        return self

    def __next__(self) -> Item:
        """Pass the boundary and return the next item."""
        if self._done:
            raise StopIteration
        self._check_superseded()
        self.driven_from = place_of(sys._getframe(1))  # noqa: SLF001
        try:
            go = self._driver.boundary() if self._entered else self._enter(self._epochs)
            while go and self._left:
                item = next(self._items(), _END)
                if item is not _END:
                    self._driver.in_flight = True
                    return item  # type: ignore[return-value]
                self._iterator = None
                self._left -= 1
                go = self._driver.end_epoch()
        except BaseException as error:
            self.leave(error)
            raise
        self._iterator = None
        self._finish()
        raise StopIteration

    def _items(self) -> Iterator[Item]:
        if self._iterator is None:
            self._driver.progress.begin_epoch(self._loader)
            self._iterator = iter(self._loader)
        return self._iterator


class EpochTrack(Generic[Item]):
    """A track inside `epochs`: one pass over a loader."""

    def __init__(self, driver: Driver, owner: Epochs, loader: Iterable[Item]) -> None:
        self.driven_from: Place | None = None
        self._driver = driver
        # Weak: a progress bar bound to a name must not keep the outer loop alive.
        self._owner = weakref.ref(owner)
        self._loader = loader
        self._iterator: Iterator[Item] | None = None
        self._done = False

    def __len__(self) -> int:
        """Return the loader's length."""
        return _need_length(self._loader)

    def __length_hint__(self) -> int:
        return length_of(self._loader) or 0

    def __iter__(self) -> EpochTrack[Item]:
        return self

    def __next__(self) -> Item:
        """Pass the boundary and return the next item."""
        if self._done:
            raise StopIteration
        owner = self._owner()
        if owner is None:
            raise RuntimeError("this loop's epoch is over")
        owner.check_inner(self)
        self.driven_from = place_of(sys._getframe(1))  # noqa: SLF001
        try:
            item = self._advance()
        except BaseException as error:
            owner.leave(error)
            raise
        if item is _END:
            self._done, self._iterator = True, None
            raise StopIteration
        self._driver.in_flight = True
        return item  # type: ignore[return-value]

    def _advance(self) -> Item | object:
        go = self._driver.boundary() if self._driver.in_flight else True
        if not go or self._driver.control.pending == "stop":
            return _END
        if self._iterator is None:
            self._driver.progress.begin_epoch(self._loader)
            self._iterator = iter(self._loader)
        return next(self._iterator, _END)


class Epochs(Loop):
    """Counts epochs, with room in each for anything after its `track`."""

    def __init__(self, driver: Driver, epochs: int) -> None:
        super().__init__(driver)
        self._epochs = epochs
        self._begun = 0
        self._inner: weakref.ref[EpochTrack[Any]] | None = None

    def __len__(self) -> int:
        """Return how many epochs were asked for."""
        return self._epochs

    def __iter__(self) -> Epochs:
        return self

    def __next__(self) -> int:
        """End the epoch before, begin the next, and return its number."""
        if self._done:
            raise StopIteration
        self._check_superseded()
        self.driven_from = place_of(sys._getframe(1))  # noqa: SLF001
        try:
            go = self._end_epoch() if self._entered else self._enter(self._epochs)
        except BaseException as error:
            self.leave(error)
            raise
        if go and self._begun < self._epochs:
            self._begun += 1
            return self._driver.epoch
        self._finish()
        raise StopIteration

    def track(self, loader: Iterable[Item]) -> EpochTrack[Item]:
        """Return the one pass of this epoch over a loader."""
        earlier = self._inner() if self._inner else None
        if earlier is not None and inside_loop(earlier.driven_from):
            raise RuntimeError("a second loop inside a loop of the same run")
        inner = EpochTrack(self._driver, self, loader)
        self._inner = weakref.ref(inner)
        return inner

    def check_inner(self, inner: EpochTrack[Item]) -> None:
        """Raise if another track began inside this epoch after `inner`, or the epoch is over."""
        self._check_superseded()
        if self._inner is None or self._inner() is not inner:
            raise RuntimeError("this loop was superseded: another track or epoch began after it")

    def _end_epoch(self) -> bool:
        # An inner loop that was left by `break` has one batch that no boundary followed.
        self._inner = None
        go = self._driver.boundary() if self._driver.in_flight else True
        return self._driver.end_epoch() and go


def _need_length(loader: object) -> int:
    length = length_of(loader)
    if length is None:
        raise TypeError(f"loader: {type(loader).__name__} has no length")
    return length
