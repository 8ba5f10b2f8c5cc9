"""The iterators that people loop over: `track` and `epochs`."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar, cast

from ._driver import Driver, ending_of
from ._nesting import Place, place_of, where
from ._progress import length_of

Item = TypeVar("Item")
_END = object()


class Loop:
    """What both iterators are: something that has a driver until it ran out or was left.

    A class rather than a generator: it has a length, it notices when it is dropped, and it knows
    from where it is driven.
    """

    def __init__(self, driver: Driver) -> None:
        self.driven_from: Place | None = None
        self._driver = driver
        self._entered = False
        self._done = False

    def gives_boundaries(self) -> bool:
        """Tell whether a batch of this loop may be being worked on right now."""
        return where(self.driven_from) != "outside"

    def takes_ticks(self) -> bool:
        """Tell whether its body may pass boundaries by `tick`."""
        return False

    def leave(self, error: BaseException) -> None:
        """Settle because something raised inside `next`: the loader, or an interrupt."""
        if not self._driver.background:
            self._driver.settle(ending_of(error))

    def _resume(self) -> bool:
        """Make sure that this loop has the run; False if the run was closed.

        Raises:
            RuntimeError: another loop began since.
        """
        driver = self._driver
        if driver.is_mine() and driver.newest_loop() is self:
            return True
        self._done = driver.closed
        if not self._done:
            driver.go_on(self)
        return not self._done

    def _finish(self) -> None:
        self._done = True
        self._driver.finish()

    def __del__(self) -> None:
        if getattr(self, "_entered", False) and not self._done:
            self._driver.left(self)


class Track(Loop, Generic[Item]):
    """Yields a loader's items untouched, with a step boundary after each."""

    def __init__(self, driver: Driver, loader: Iterable[Item], epochs: int | None) -> None:
        super().__init__(driver)
        self._loader = loader
        self._epochs = epochs
        self._left = 1 if epochs is None else epochs
        self._iterator: Iterator[Item] | None = None

    def __len__(self) -> int:
        """Return how many items there are in all epochs, as far as the loader says."""
        return need_length(self._loader) * (1 if self._epochs is None else self._epochs)

    def __length_hint__(self) -> int:
        return (length_of(self._loader) or 0) * (1 if self._epochs is None else self._epochs)

    def __iter__(self) -> Track[Item]:
        return self

    def __next__(self) -> Item:
        """Pass the boundary and return the next item."""
        if self._done or (self._entered and not self._resume()):
            raise StopIteration
        self.driven_from = place_of(sys._getframe(1))
        try:
            item = self._advance()
            if item is _END:
                self._finish()
        except BaseException as error:
            self._done = True
            self.leave(error)
            raise
        if item is _END:
            raise StopIteration
        return cast(Item, item)

    def _advance(self) -> Item | object:
        driver = self._driver
        if not self._entered:
            driver.claim(self, self._epochs)
            self._entered = True
            go = driver.enter()
        else:
            go = driver.boundary() if driver.batch_is_out else True
        while go and self._left:
            if self._iterator is None:
                driver.progress.begin_epoch(self._loader)
                self._iterator = iter(self._loader)
            item = next(self._iterator, _END)
            if item is not _END:
                driver.batch_is_out = True
                return item
            self._iterator = None
            self._left -= 1
            go = driver.end_epoch()
        self._iterator = None
        return _END


class Epochs(Loop):
    """Counts epochs, with room in each for anything after its `track`."""

    def __init__(self, driver: Driver, epochs: int) -> None:
        super().__init__(driver)
        self._epochs = epochs
        self._begun = 0
        self._inner: weakref.ref[EpochTrack[Any]] | None = None
        self._cut_short = False

    def __len__(self) -> int:
        """Return how many epochs were asked for."""
        return self._epochs

    def __iter__(self) -> Epochs:
        return self

    def __next__(self) -> int:
        """End the epoch before, begin the next, and return its number."""
        if self._done or (self._entered and not self._resume()):
            raise StopIteration
        self.driven_from = place_of(sys._getframe(1))
        try:
            go = self._advance() and self._begun < self._epochs
            if not go:
                self._finish()
        except BaseException as error:
            self._done = True
            self.leave(error)
            raise
        if not go:
            raise StopIteration
        self._begun += 1
        return self._driver.epoch

    def gives_boundaries(self) -> bool:
        """Tell whether a batch of the inner track may be being worked on right now."""
        inner = self._inner() if self._inner else None
        return inner is not None and where(inner.driven_from) != "outside"

    def takes_ticks(self) -> bool:
        """Tell whether an epoch of this loop may be going on."""
        return where(self.driven_from) != "outside"

    def encloses_caller(self) -> bool:
        """Tell whether a track that begins now is one of this loop's."""
        place = where(self.driven_from)
        return not self._done and (place == "inside" or (place == "unknown" and self.has_run()))

    def has_run(self) -> bool:
        """Tell whether this loop is the one that trains."""
        return self._driver.is_mine() and self._driver.newest_loop() is self

    def track(self, loader: Iterable[Item]) -> EpochTrack[Item]:
        """Return one pass of this epoch over a loader."""
        earlier = self._inner() if self._inner else None
        if earlier is not None and where(earlier.driven_from) == "inside":
            raise RuntimeError("a second loop inside a loop of the same run")
        inner = EpochTrack(self._driver, self, loader)
        self._inner = weakref.ref(inner)
        return inner

    def resume_inner(self, inner: EpochTrack[Item]) -> bool:
        """Make sure that a track of this epoch has the run; False if the run was closed.

        Raises:
            RuntimeError: another track began since, or the epoch is over.
        """
        if self._inner is None or self._inner() is not inner:
            raise RuntimeError("this loop was superseded: another track or epoch began after it")
        return not self._done and self._resume()

    def cut_short(self) -> None:
        """Note that a stop ended the epoch before its batches ran out."""
        self._cut_short = True

    def _advance(self) -> bool:
        driver = self._driver
        if not self._entered:
            driver.claim(self, self._epochs)
            self._entered = True
            return driver.enter()
        self._inner = None
        # An inner loop that was left by `break` has one batch that no boundary followed.
        whole = not self._cut_short and (not driver.batch_is_out or driver.boundary())
        return whole and driver.end_epoch()


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
        return need_length(self._loader)

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
        if not owner.resume_inner(self):
            raise StopIteration
        self.driven_from = place_of(sys._getframe(1))
        try:
            item = self._advance(owner)
        except BaseException as error:
            self._done = True
            owner.leave(error)
            raise
        if item is _END:
            self._done, self._iterator = True, None
            raise StopIteration
        self._driver.batch_is_out = True
        return cast(Item, item)

    def _advance(self, owner: Epochs) -> Item | object:
        driver = self._driver
        # A batch that is out may also be one of an earlier track of this epoch, left by `break`.
        go = driver.boundary() if driver.batch_is_out else driver.control.pending != "stop"
        if not go:
            owner.cut_short()
            return _END
        if self._iterator is None:
            driver.progress.begin_epoch(self._loader)
            self._iterator = iter(self._loader)
        return next(self._iterator, _END)


def need_length(loader: object) -> int:
    """Return `len(loader)` or raise a TypeError."""
    length = length_of(loader)
    if length is None:
        raise TypeError(f"loader: {type(loader).__name__} has no length")
    return length
